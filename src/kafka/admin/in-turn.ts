/**
 * Changes of one topic's settings happen one behind the other: each reads what is there, changes it and writes it back, and two at once
 * would lose one of them. Kafka's controller, which has one thread, has the same order.
 */
import type { Engine } from '../../engine/engine';

const lastOf = new WeakMap<Engine, Map<string, Promise<unknown>>>();

/** Runs `work` once all earlier work on the same topic has ended, however it ended. */
export async function inTurn<T>(engine: Engine, topic: string, work: () => Promise<T>): Promise<T> {
  let queues = lastOf.get(engine);
  if (queues === undefined) lastOf.set(engine, (queues = new Map<string, Promise<unknown>>()));
  const before = queues.get(topic) ?? Promise.resolve();
  const mine = before.then(work, work);
  queues.set(topic, mine);
  try {
    return await mine;
  } finally {
    if (queues.get(topic) === mine) queues.delete(topic);
  }
}

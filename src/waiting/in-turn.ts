/** Work on one thing happens one behind the other, as in Kafka's controller with its one thread. */

const lastOf = new WeakMap<object, Map<string, Promise<unknown>>>();

/**
 * Runs `work` once all earlier work of the same owner on the same `key` has ended, however it ended: each reads what is there, changes it
 * and writes it back, and two at once would lose one of them.
 */
export async function inTurn<T>(owner: object, key: string, work: () => Promise<T>): Promise<T> {
  let queues = lastOf.get(owner);
  if (queues === undefined) lastOf.set(owner, (queues = new Map<string, Promise<unknown>>()));
  const before = queues.get(key) ?? Promise.resolve();
  const mine = before.then(work, work);
  queues.set(key, mine);
  try {
    return await mine;
  } finally {
    if (queues.get(key) === mine) queues.delete(key);
  }
}

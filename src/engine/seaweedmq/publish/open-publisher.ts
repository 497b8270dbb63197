/**
 * Opens a partition's publisher: greeted by the broker first, which loads the partition, and told then where the log ends and which
 * offsets records have, so that none is given to two.
 */
import type { Clock } from '../../../clock';
import type { Instruments } from '../../../telemetry/metrics/instruments';
import { type Logger, traceIds } from '../../../telemetry/log/log';
import type { CallContext } from '../../../telemetry/trace/operation';
import { toOffset } from '../../../types';
import type { Offset, TopicPartition } from '../../../types';
import { EngineError } from '../../../engine-error';
import { contradicted } from '../../contradiction';
import type { MqCluster } from '../mq-cluster';
import { findRun } from '../log/find-run';
import type { StreamAcks } from '../log/flush-watch';
import type { RunSearch } from '../log/find-run';
import type { Forgotten } from '../log/first-offset';
import { rangeTo } from '../topics/mq-partition';
import type { MqPartition } from '../topics/mq-partition';
import { MqPublisher } from './mq-publisher';
import type { PublisherOptions, TailAtOpen } from './mq-publisher';
import type { RecordSettings } from '../topics/record-settings';

export interface OpenPublisherOptions {
  readonly cluster: MqCluster;
  readonly leader: string;
  readonly topicPartition: TopicPartition;
  readonly details: MqPartition;
  readonly settings: () => RecordSettings;
  readonly logStartOffset: () => Offset;
  readonly proved: PublisherOptions['proved'];
  readonly flushes: StreamAcks | undefined;
  readonly clock: Clock;
  readonly instruments: Instruments;
  readonly log: Logger;
}

/** Two seconds' records at more than the engine takes. A broker that is further back did not forget: what no file holds was taken away. */
const FORGOTTEN_MAX = 1_000_000;

export async function openPublisher(options: OpenPublisherOptions, context: CallContext): Promise<MqPublisher> {
  const { cluster, leader, details, topicPartition, settings, logStartOffset, clock, instruments, flushes } = options;
  const { log, partition, producers } = details;
  // A broker that cannot be reached is found out where every call finds it out.
  await cluster.channel(leader).ready(context);
  const searched = async (inner: CallContext): Promise<RunSearch> => {
    const { end } = await log.end.find(leader, inner);
    return { log, leader, range: rangeTo(end, logStartOffset()), instruments, at: topicPartition };
  };
  let opening: Opening | undefined;
  let release: (() => void) | undefined;
  const publisher = new MqPublisher({
    openStream: (what, listener) => cluster.publishing.open(leader, what, listener),
    partition,
    at: topicPartition,
    settings,
    logStartOffset,
    placed: (offset) => log.end.placed(opening?.answer ?? offset, offset),
    acked: (end) => {
      log.end.saw(end);
      flushes?.acked(end);
    },
    proved: options.proved,
    forgot: (forgotten) => report(options, forgotten, opening, context),
    ended: (end, how) => {
      if (how === 'lost') flushes?.lost();
      else flushes?.closed();
      release?.();
      log.end.reached(end);
    },
    producers,
    findRun: async (wanted, inner) => findRun(await searched(inner), wanted, inner),
    followProducers: async (inner) => producers.follow(await searched(inner), clock.monotonicMs(), inner),
    clock,
    instruments,
  });
  try {
    await publisher.hello(context);
    release = log.end.hold(leader);
    opening = await lookAt(options, context);
    publisher.begin(opening.tail);
  } catch (error) {
    publisher.close();
    throw error;
  }
  return publisher;
}

interface Opening {
  readonly tail: TailAtOpen;
  /** Where the broker said that the log ends, and where its files do. */
  readonly answer: Offset;
  readonly kept: Offset;
}

async function lookAt(options: OpenPublisherOptions, context: CallContext): Promise<Opening> {
  const { leader, details, logStartOffset } = options;
  const { end: logEnd } = details.log;
  const { answer, told, end: nextOffset } = await logEnd.find(leader, context);
  const kept = await logEnd.kept(context);
  if (logEnd.given - told > FORGOTTEN_MAX) logEnd.wentBack(kept);
  const validFrom = toOffset(Math.max(kept, logEnd.given, logStartOffset()));
  const lastTsNs = await lastTimeBefore(options, nextOffset, context);
  return { answer, kept, tail: { nextOffset, validFrom, lastTsNs } };
}

/** Undefined where no record tells it: only where one does may records be raw. */
async function lastTimeBefore(
  { leader, details, logStartOffset }: OpenPublisherOptions,
  nextOffset: Offset,
  context: CallContext,
): Promise<bigint | undefined> {
  if (nextOffset === 0) return 0n;
  const range = rangeTo(nextOffset, logStartOffset());
  const offset = toOffset(nextOffset - 1);
  if (offset < range.logStartOffset) return undefined;
  try {
    // The engine may unload the partition meanwhile, and the stream with it.
    return (await details.log.at({ leader, offset, range, quickly: true }, context))?.tsNs;
  } catch (error) {
    // A log that cannot be read now must not keep records from being written: they are enveloped.
    if (error instanceof EngineError && error.code === 'contradiction') return undefined;
    throw error;
  }
}

function report(
  options: OpenPublisherOptions,
  { from, end }: Forgotten,
  opening: Opening | undefined,
  context: CallContext,
): void {
  options.flushes?.lost();
  contradicted(
    options.instruments,
    'offsets_forgotten',
    { ...options.topicPartition, offset: from },
    context.operation,
  );
  options.log.write('warn', 'engine.offsets_forgotten', 'the broker goes on before the end of its log', {
    ...options.topicPartition,
    broker: from,
    log_end: end,
    lost_records: Math.max(end - (opening?.kept ?? end), 0),
    ...traceIds(context.operation),
  });
}

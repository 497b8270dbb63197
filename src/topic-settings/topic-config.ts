/**
 * A topic's settings as the code that obeys them reads them, typed: the Kafka layer, the embedded node's log and the form of
 * SeaweedMQ's records. Each setting of the table that somebody obeys is here.
 */
import { heldValue, type SettingTexts } from './holding';
import { splitList } from './read-text';

export type CompressionType = 'uncompressed' | 'zstd' | 'lz4' | 'snappy' | 'gzip' | 'producer';
export type ValueProofMode = 'auto' | 'always' | 'off';
export type EnvelopeMode = 'auto' | 'always' | 'never';

/** Times in ms, sizes in bytes; a number is at most Number.MAX_SAFE_INTEGER, which stands for more. Below 0: never, no bound. */
export interface TopicConfig {
  /** Both false: everything is kept. */
  readonly compacts: boolean;
  readonly deletes: boolean;
  readonly compressionType: CompressionType;
  /** message.timestamp.type; false: CreateTime. */
  readonly logAppendTime: boolean;
  /** Record times may be any int64, so their bounds are exact. */
  readonly timestampBeforeMsMax: bigint;
  readonly timestampAfterMsMax: bigint;
  readonly maxMessageBytes: number;
  readonly maxDecompressedMessageBytes: number;
  readonly retentionMs: number;
  /** Per partition. */
  readonly retentionBytes: number;
  /** Per partition's segment; 0 and below: each batch has one of its own. */
  readonly segmentBytes: number;
  readonly segmentMs: number;
  readonly deleteRetentionMs: number;
  readonly minCompactionLagMs: number;
  /** Infinity for Kafka's NaN, which no log reaches. */
  readonly minCleanableDirtyRatio: number;
  readonly recordEnvelope: EnvelopeMode;
  readonly valueProof: ValueProofMode;
  /** True where values of length 0 are expected. */
  readonly emptyValuesAllowed: boolean;
  /** True where nulls are. */
  readonly nullValuesAllowed: boolean;
}

const known = new WeakMap<SettingTexts, WeakMap<SettingTexts, TopicConfig>>();

/** `brokers`: what holds where `configs` say nothing. Worked out once for the two, so that asking for every batch costs two look-ups. */
export function topicConfig(configs: SettingTexts, brokers: SettingTexts): TopicConfig {
  let ofBroker = known.get(brokers);
  if (ofBroker === undefined) known.set(brokers, (ofBroker = new WeakMap()));
  let config = ofBroker.get(configs);
  if (config === undefined) ofBroker.set(configs, (config = workOut(configs, brokers)));
  return config;
}

function workOut(configs: SettingTexts, brokers: SettingTexts): TopicConfig {
  const given = (name: string): string | undefined => heldValue(name, configs, brokers)?.value;
  const text = (name: string): string => given(name) ?? '';
  const cleanup = splitList(text('cleanup.policy'));
  const expected = text('seaglass.values.expected');
  const dirtyRatio = Number(text('min.cleanable.dirty.ratio'));
  return {
    compacts: cleanup.includes('compact'),
    deletes: cleanup.includes('delete'),
    compressionType: text('compression.type') as CompressionType,
    logAppendTime: text('message.timestamp.type') === 'LogAppendTime',
    timestampBeforeMsMax: BigInt(text('message.timestamp.before.max.ms')),
    timestampAfterMsMax: BigInt(text('message.timestamp.after.max.ms')),
    maxMessageBytes: safeInteger(text('max.message.bytes')),
    maxDecompressedMessageBytes: safeInteger(text('max.decompressed.message.bytes')),
    retentionMs: safeInteger(text('retention.ms')),
    retentionBytes: safeInteger(text('retention.bytes')),
    segmentBytes: safeInteger(given('internal.segment.bytes') ?? text('segment.bytes')),
    segmentMs: safeInteger(text('segment.ms')),
    deleteRetentionMs: safeInteger(text('delete.retention.ms')),
    minCompactionLagMs: safeInteger(text('min.compaction.lag.ms')),
    minCleanableDirtyRatio: Number.isNaN(dirtyRatio) ? Infinity : dirtyRatio,
    recordEnvelope: text('seaglass.record.envelope') as EnvelopeMode,
    valueProof: text('seaglass.value.proof') as ValueProofMode,
    emptyValuesAllowed: expected === 'auto' ? text('seaglass.empty.values') === 'allow' : expected !== 'non-empty',
    nullValuesAllowed: expected === 'auto' ? cleanup.includes('compact') : expected === 'any',
  };
}

/** Of a canonical integer. */
function safeInteger(text: string): number {
  return Math.min(Math.max(Number(text), Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
}

/**
 * The numbers and names that must not mix. Offsets of a log and sizes are safe-integer numbers (checked at the
 * wire). What a client stores here and reads back is an Int64. Producer ids and nanoseconds are bigint.
 */
declare const brand: unique symbol;
type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** A record's position in its partition: 0 ≤ offset ≤ 2^53 - 1. -1 stands for "none" where Kafka's messages say so. */
export type Offset = Brand<number, 'Offset'>;
/**
 * 64 bits that come back as they were given: a number where that is a safe integer, and a bigint only where it is not. So
 * `===` and a Map compare values, and `<` does; `protocol/int64.ts` has the arithmetic.
 */
export type Int64 = number | bigint;
/** A partition's index in its topic, from 0. */
export type PartitionId = Brand<number, 'PartitionId'>;
/** A partition leader's epoch; -1 where the client does not know it. */
export type LeaderEpoch = Brand<number, 'LeaderEpoch'>;
/** A topic's id: 16 bytes as 22 characters of unpadded base64url, as Kafka prints it. */
export type TopicId = Brand<string, 'TopicId'>;

export const toOffset = (value: number): Offset => value as Offset;
export const toPartitionId = (value: number): PartitionId => value as PartitionId;
export const toLeaderEpoch = (value: number): LeaderEpoch => value as LeaderEpoch;
export const toTopicId = (value: string): TopicId => value as TopicId;

/** The topic id that means "not given": sixteen zero bytes. */
export const ZERO_TOPIC_ID: TopicId = toTopicId('AAAAAAAAAAAAAAAAAAAAAA');

/** One partition of one topic. */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: PartitionId;
}

/** What a batch or a run of records holds, counted once where it enters. All counts ≥ 0, valueBytes in bytes (uncompressed). */
export interface Census {
  readonly records: number;
  /** Values that are null (tombstones on compacted topics). */
  readonly nulls: number;
  /** Values that are present and of length 0. */
  readonly empties: number;
  /** Records of control batches (transaction markers). */
  readonly controls: number;
  readonly valueBytes: number;
}
export const EMPTY_CENSUS: Census = { records: 0, nulls: 0, empties: 0, controls: 0, valueBytes: 0 };

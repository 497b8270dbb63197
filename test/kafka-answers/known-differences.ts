/**
 * Where the embedded node answers otherwise than Kafka 4.3.1, and why. An entry that matches no difference fails the suite: it goes
 * when what it names is gone.
 */
import { type Difference } from './differences';

export interface KnownDifference {
  /** Of `<api> <version>: <what was asked>`. */
  readonly exchange: RegExp;
  /** Of where in the answer the difference is. */
  readonly at: RegExp;
  /** How Kafka's answer and this one read there, as JSON; any where it is not given. */
  readonly kafka?: RegExp;
  readonly here?: RegExp;
  readonly reason: string;
}

export const matches = (known: KnownDifference, difference: Difference): boolean =>
  known.exchange.test(difference.exchange) &&
  known.at.test(difference.at) &&
  (known.kafka?.test(difference.kafka) ?? true) &&
  (known.here?.test(difference.here) ?? true);

const NOTHING = /^nothing$/;
const WORDS = /^"words"$/;
const NO_WORDS = /^(null|"")$/;

export const KNOWN_DIFFERENCES: readonly KnownDifference[] = [
  // Of a newer or another kind of broker.
  {
    exchange: /^ApiVersions/,
    at: /^apiKeys\[\d+\]$/,
    here: NOTHING,
    reason: 'APIs of transactions, share groups, new consumer groups, tokens, SCRAM changes and brokers are not served',
  },
  {
    exchange: /^ApiVersions/,
    at: /^apiKeys\[7[12]\]$/,
    kafka: NOTHING,
    reason: 'Kafka takes what clients say of themselves only where a plugin receives it',
  },
  { exchange: /^ApiVersions/, at: /^apiKeys\[(18|42)\]\.maxVersion$/, reason: 'a version that Kafka has from 4.4 on' },
  { exchange: /^ApiVersions/, at: /[Ff]eatures/, reason: 'features are switches of Kafka’s own brokers' },
  {
    exchange: /^(DescribeConfigs|CreateTopics)/,
    at: /configs\[(errors\.deadletterqueue|max\.decompressed|remote\.copy\.lag)[^\]]*\]/,
    kafka: NOTHING,
    reason: 'settings that Kafka has from 4.4 on',
  },
  { exchange: /^DescribeConfigs/, at: /configs\[seaglass\./, kafka: NOTHING, reason: 'settings of this gateway' },
  {
    exchange: /^(DescribeConfigs|CreateTopics)/,
    at: /configs\[min\.insync\.replicas\]/,
    reason: 'Kafka makes it a dynamic default of the cluster when it formats its disks; here it is the default',
  },
  {
    exchange: /^DescribeConfigs 4: this broker/,
    at: /readOnly$/,
    kafka: /false/,
    here: /true/,
    reason: 'no setting of a broker is changed over the wire',
  },
  {
    exchange: /^DescribeConfigs 4: this broker/,
    at: /configSource$/,
    kafka: /5/,
    here: /4/,
    reason: 'what the gateway was started with counts as its file',
  },
  {
    exchange: /^DescribeConfigs 4: this broker/,
    at: /log\.retention\.ms\]\.value/,
    reason: 'Kafka has none, and says it in hours; here it is said where tools look for it',
  },
  {
    exchange: /^CreateTopics 7: .*only validated/,
    at: /topicId$/,
    kafka: /"new"/,
    here: /"none"/,
    reason: 'Kafka tells an id that no topic will have',
  },
  {
    exchange: /^CreateTopics 7: (a number with blanks|a boolean in capitals)/,
    at: /\.value$/,
    reason: 'values are kept as they are read, not as they were written',
  },

  // Requests that no client of ours has been seen to send.
  {
    exchange: /^Metadata 1[23]: neither name nor id/,
    at: /./,
    reason: 'Kafka fails over it (UNKNOWN_SERVER_ERROR); here the topic is refused',
  },
  {
    exchange: /^Fetch 18: room of -1/,
    at: /./,
    reason: 'Kafka fails over the first partition (UNKNOWN_SERVER_ERROR); here it is taken as no room',
  },
  {
    exchange: /^OffsetFetch 10: one group twice/,
    at: /^groups\[1\]/,
    reason: 'Kafka answers the group twice; here an answer does not grow with what is only repeated',
  },

  // Producing.
  {
    exchange: /^Produce 13: a codec that (is none|its bytes are not of)/,
    at: /errorCode$/,
    kafka: /UNKNOWN_SERVER_ERROR/,
    reason: 'Kafka fails over it; here the batch is refused for what is wrong with it',
  },
  {
    exchange: /^Produce 13: a transactional (id|batch)/,
    at: /(errorCode|baseOffset|logStartOffset)$/,
    reason: 'transactions are refused as such, whoever asks for them',
  },

  // Offsets.
  {
    exchange: /^ListOffsets 11: time -3 of a (shortened|log that was emptied)/,
    at: /(timestamp|offset|leaderEpoch)$/,
    reason: 'Kafka may name a record that DeleteRecords took away; here it is one that can be read, or none',
  },
  {
    exchange: /^ListOffsets 11: the greatest time of records without one/,
    at: /(offset|leaderEpoch)$/,
    reason: 'Kafka names a record that has no time; here there is none to name',
  },

  // Words for people.
  {
    exchange: /./,
    at: /errorMessage$/i,
    kafka: NO_WORDS,
    here: WORDS,
    reason: 'what is wrong is said where Kafka says nothing',
  },
];

/** The topic settings that the form of SeaweedMQ's records obeys. All others are the Kafka layer's. */
import type { Codec } from '../../../protocol/compression/compression';
import type { SettingTexts } from '../../../topic-settings/holding';
import { topicConfig, type EnvelopeMode, type ValueProofMode } from '../../../topic-settings/topic-config';
import type { Topic } from '../../engine';

export interface RecordSettings {
  readonly envelope: EnvelopeMode;
  readonly valueProof: ValueProofMode;
  readonly logAppendTime: boolean;
  /** The codec of the batches that fetches are answered with. `producer` means uncompressed, because the engine keeps records apart. */
  readonly codec: Codec;
}

export function recordSettings({ configs }: Topic, brokers: SettingTexts): RecordSettings {
  const { recordEnvelope, valueProof, logAppendTime, compressionType } = topicConfig(configs, brokers);
  const isPlain = compressionType === 'producer' || compressionType === 'uncompressed';
  return { envelope: recordEnvelope, valueProof, logAppendTime, codec: isPlain ? 'none' : compressionType };
}

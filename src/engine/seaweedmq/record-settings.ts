/** The topic settings that the form of SeaweedMQ's records obeys, with the gateway's defaults behind them. All others are the Kafka layer's. */
import { CODECS } from '../../protocol/compression/compression';
import type { Codec } from '../../protocol/compression/compression';
import type { Topic } from '../engine';

export type EnvelopeMode = 'auto' | 'always' | 'never';

export interface RecordSettings {
  readonly envelope: EnvelopeMode;
  readonly logAppendTime: boolean;
  /** Of the batches that fetches are answered with. `producer` means uncompressed, because the engine keeps records apart. */
  readonly codec: Codec;
}

const ENVELOPE_MODES = ['auto', 'always', 'never'] as const;
const TIMESTAMP_TYPES = ['CreateTime', 'LogAppendTime'] as const;
const COMPRESSION_TYPES = ['producer', 'uncompressed', ...CODECS.filter((codec) => codec !== 'none')] as const;

export function recordSettings({ configs }: Topic, defaults: ReadonlyMap<string, string>): RecordSettings {
  /** A value that is not allowed was written by another program, and counts as not set. */
  const chosen = <T extends string>(name: string, allowed: readonly [T, ...T[]]): T => {
    const among = (text: string | undefined): T | undefined => allowed.find((value) => value === text?.trim());
    return among(configs.get(name)) ?? among(defaults.get(name)) ?? allowed[0];
  };
  const compression = chosen('compression.type', COMPRESSION_TYPES);
  return {
    envelope: chosen('seaglass.record.envelope', ENVELOPE_MODES),
    logAppendTime: chosen('message.timestamp.type', TIMESTAMP_TYPES) === 'LogAppendTime',
    codec: compression === 'producer' || compression === 'uncompressed' ? 'none' : compression,
  };
}

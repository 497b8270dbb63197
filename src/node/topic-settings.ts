/** The topic settings that the log itself obeys, with Kafka's names, defaults and bounds. All others are the gateway's. */
import { ErrorCode } from '../rpc/record_log';
import { NodeError } from './node-error';

export interface TopicSettings {
  /** Milliseconds; -1: for ever. */
  readonly retentionMs: number;
  /** Bytes per partition; below 0: no bound. Kafka takes any number. */
  readonly retentionBytes: number;
  readonly segmentBytes: number;
  readonly segmentMs: number;
  readonly deletes: boolean;
  readonly compacts: boolean;
  readonly deleteRetentionMs: number;
  readonly minCompactionLagMs: number;
  readonly minCleanableDirtyRatio: number;
  readonly logAppendTime: boolean;
}

const DAY_MS = 24 * 60 * 60 * 1000;

/** Throws INVALID_CONFIG naming the setting, the value and what is allowed. Settings of other names are not looked at. */
export function parseTopicSettings(configs: Readonly<Record<string, string>>): TopicSettings {
  const policies = oneOfEach(configs, 'cleanup.policy', ['delete', 'compact'], 'delete');
  const timestampType = oneOfEach(configs, 'message.timestamp.type', ['CreateTime', 'LogAppendTime'], 'CreateTime');
  return {
    retentionMs: number(configs, 'retention.ms', { fallback: 7 * DAY_MS, min: -1 }),
    retentionBytes: number(configs, 'retention.bytes', { fallback: -1, min: -Infinity }),
    segmentBytes: Math.min(number(configs, 'segment.bytes', { fallback: 1024 ** 3, min: 14 }), 0x7fff_ffff),
    segmentMs: number(configs, 'segment.ms', { fallback: 7 * DAY_MS, min: 1 }),
    deletes: policies.includes('delete'),
    compacts: policies.includes('compact'),
    deleteRetentionMs: number(configs, 'delete.retention.ms', { fallback: DAY_MS, min: 0 }),
    minCompactionLagMs: number(configs, 'min.compaction.lag.ms', { fallback: 0, min: 0 }),
    minCleanableDirtyRatio: number(configs, 'min.cleanable.dirty.ratio', { fallback: 0.5, min: 0, max: 1 }),
    logAppendTime: timestampType.includes('LogAppendTime'),
  };
}

interface NumberRule {
  readonly fallback: number;
  readonly min: number;
  readonly max?: number;
}

function number(configs: Readonly<Record<string, string>>, name: string, rule: NumberRule): number {
  const text = configs[name];
  if (text === undefined) return rule.fallback;
  const value = Number(text);
  const max = rule.max ?? Infinity;
  if (text.trim() === '' || !Number.isFinite(value) || value < rule.min || value > max) {
    const allowed = max === Infinity ? `a number from ${rule.min} on` : `a number from ${rule.min} to ${max}`;
    throw new NodeError(ErrorCode.INVALID_CONFIG, `${name}=${text}: expected ${allowed}`);
  }
  return value;
}

function oneOfEach(
  configs: Readonly<Record<string, string>>,
  name: string,
  allowed: readonly string[],
  fallback: string,
): readonly string[] {
  const text = configs[name];
  if (text === undefined) return [fallback];
  const values = text
    .split(',')
    .map((value) => value.trim())
    .filter((value) => value !== '');
  const wrong = values.find((value) => !allowed.includes(value));
  if (wrong !== undefined) {
    throw new NodeError(ErrorCode.INVALID_CONFIG, `${name}=${text}: expected ${allowed.join(' or ')}, got ${wrong}`);
  }
  return values;
}

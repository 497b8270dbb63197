/** What the topics of a run are like: settings as CreateTopics is given them, and what the model makes of them. */
import type { Draws } from './draws';

export interface TopicRules {
  readonly configs: Readonly<Record<string, string>>;
  readonly compacts: boolean;
  /** Milliseconds, bytes; Infinity: everything stays. */
  readonly retentionMs: number;
  readonly retentionBytes: number;
  readonly deleteRetentionMs: number;
}

type Kind = 'kept' | 'by time' | 'by size' | 'compacted' | 'compacted and by time';

const KINDS: readonly (readonly [Kind, number])[] = [
  ['kept', 3],
  ['by time', 2],
  ['by size', 2],
  ['compacted', 5],
  ['compacted and by time', 1],
];

export function drawRules(draws: Draws): TopicRules {
  const kind = draws.weighted(KINDS);
  const compacts = kind.startsWith('compacted');
  const retentionMs = kind.endsWith('by time') ? draws.pick([8_000, 20_000, 60_000]) : Infinity;
  const retentionBytes = kind === 'by size' ? draws.pick([500, 20_000, 200_000]) : Infinity;
  const deleteRetentionMs = draws.pick([0, 1_000, 5_000, 60_000]);
  const policy = { kept: 'delete', 'by time': 'delete', 'by size': 'delete', compacted: 'compact' };
  return {
    ...{ compacts, retentionMs, retentionBytes, deleteRetentionMs },
    configs: {
      'cleanup.policy': kind === 'compacted and by time' ? 'compact,delete' : policy[kind],
      'retention.ms': retentionMs === Infinity ? '-1' : String(retentionMs),
      'retention.bytes': retentionBytes === Infinity ? '-1' : String(retentionBytes),
      'segment.ms': String(draws.pick([200, 1_000, 5_000])),
      'delete.retention.ms': String(deleteRetentionMs),
      'min.cleanable.dirty.ratio': draws.pick(['0.0', '0.3']),
      'min.compaction.lag.ms': draws.pick(['0', '0', '1500']),
    },
  };
}

/** Only memory is pushed out by what it holds. */
export const NOISE_RULES: TopicRules = {
  ...{ compacts: false, retentionMs: Infinity, retentionBytes: Infinity, deleteRetentionMs: 0 },
  configs: { 'retention.ms': '-1' },
};

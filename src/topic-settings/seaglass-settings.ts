/** Topic settings of our own: Kafka has no word for them. Any Kafka tool sets and describes them like the others. */
import type { TopicSetting } from './setting';
import { BOTH_ENGINES } from './setting';

export const SEAGLASS_SETTINGS: readonly TopicSetting[] = [
  {
    name: 'seaglass.empty.values',
    type: 'string',
    default: 'report',
    allowed: { kind: 'oneOf', values: ['report', 'allow'] },
    documentation:
      'Whether values that are present and of length 0 are expected here; report tells of each delivered one.',
    obeyedBy: BOTH_ENGINES,
  },
  {
    name: 'seaglass.record.envelope',
    type: 'string',
    default: 'auto',
    allowed: { kind: 'oneOf', values: ['auto', 'always', 'never'] },
    documentation:
      'How records are stored in SeaweedMQ: auto wraps those its form cannot carry (headers, empty keys or values, earlier timestamps), ' +
      'always wraps all, never refuses what cannot be carried.',
    obeyedBy: ['seaweedmq'],
  },
];

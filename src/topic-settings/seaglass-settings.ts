/** Topic settings of our own: Kafka has no word for them. Any Kafka tool sets and describes them like the others. */
import type { TopicSetting } from './setting';

export const SEAGLASS_SETTINGS: readonly TopicSetting[] = [
  {
    name: 'seaglass.empty.values',
    type: 'string',
    default: 'report',
    allowed: { kind: 'oneOf', values: ['report', 'allow'] },
    documentation:
      'Whether values that are present and of length 0 are expected here; report tells of each delivered one.',
    obeyed: 'always',
  },
  {
    name: 'seaglass.record.envelope',
    type: 'string',
    default: 'auto',
    allowed: { kind: 'oneOf', values: ['auto', 'always', 'never'] },
    documentation:
      'How records are stored in SeaweedMQ: auto wraps those its form cannot carry (headers, empty keys or values, earlier timestamps), ' +
      'always wraps all, never refuses what cannot be carried.',
    obeyed: 'envelopes',
  },
  {
    name: 'seaglass.value.proof',
    type: 'string',
    default: 'auto',
    allowed: { kind: 'oneOf', values: ['auto', 'always', 'off'] },
    documentation:
      'Whether length and CRC-32C of every value are kept and held against what is delivered. auto: beside the data, and in the envelope of records ' +
      'that have one (SeaweedMQ); by the CRC of the batch (node). always: every record in an envelope with its proof (SeaweedMQ); the CRC and the ' +
      'values counted anew (node). off: nothing is kept or looked at.',
    obeyed: 'always',
  },
  {
    name: 'seaglass.values.expected',
    type: 'string',
    default: 'auto',
    allowed: { kind: 'oneOf', values: ['auto', 'any', 'non-empty', 'non-null'] },
    documentation:
      'Which values are expected. any: all. non-null: none that is null. non-empty: none that is null or of length 0. ' +
      'What is not expected is delivered and told. ' +
      'auto follows cleanup.policy (nulls are expected where it compacts) and seaglass.empty.values; any other value outranks both.',
    obeyed: 'always',
  },
];

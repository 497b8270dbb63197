/** What a setting may be set to, in words: for whoever configures the gateway. Clients are told in Kafka's. */
import type { TopicSetting } from './setting';
import { INTEGERS } from './setting';

export function allowedWords(setting: TopicSetting): string {
  const { type, allowed } = setting;
  switch (allowed.kind) {
    case 'oneOf':
      return allowed.values.join(', ');
    case 'subsetOf':
      return `${allowed.values.join(', ')}, several parted by commas, or nothing`;
    case 'throttledReplicas':
      return '*, or pairs partition:broker parted by commas';
    case 'levels':
      return `a whole number from ${allowed.min} to ${allowed.max}, or ${allowed.or}`;
    case 'range':
    case 'any':
      return type === 'boolean' ? 'true, false' : numberWords(setting);
  }
}

function numberWords({ type, allowed }: TopicSetting): string {
  const bounds = type === 'int' ? INTEGERS.int : INTEGERS.long;
  const { min = bounds.min, max = bounds.max } = allowed.kind === 'range' ? allowed : {};
  return `${type === 'double' ? 'a number' : 'a whole number'} from ${min} to ${max}`;
}

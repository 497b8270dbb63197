/** Which names a topic may have, and which topics are the broker's own, as Kafka's `Topic` class says. */

const NAME_LENGTH_MAX = 249;
const LEGAL = /^[a-zA-Z0-9._-]+$/;
/** Where Kafka keeps what groups are and have committed. */
export const OFFSETS_TOPIC = '__consumer_offsets';
const INTERNAL: ReadonlySet<string> = new Set([OFFSETS_TOPIC, '__transaction_state', '__share_group_state']);

/** What is wrong with a topic's name, in Kafka's words; undefined where nothing is. */
export function topicNameProblem(name: string): string | undefined {
  if (name === '') return 'Topic name is invalid: the empty string is not allowed';
  if (name === '.' || name === '..') return `Topic name is invalid: '${name}' is not allowed`;
  if (name.length > NAME_LENGTH_MAX) {
    return `Topic name is invalid: the length of '${shown(name)}' is longer than the max allowed length ${NAME_LENGTH_MAX}`;
  }
  if (!LEGAL.test(name)) {
    return `Topic name is invalid: '${shown(name)}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'`;
  }
  return undefined;
}

/** Topics that belong to the broker: listed as internal, and not written to by clients. */
export const isInternalTopic = (name: string): boolean => INTERNAL.has(name);

/** The topic of Kafka's controllers: there is none here, and nobody makes one. */
export const CLUSTER_METADATA_TOPIC = '__cluster_metadata';

/** True where metric names could not tell two topics apart: '.' and '_' are the same there. */
export function namesCollide(one: string, other: string): boolean {
  return one.replaceAll('.', '_') === other.replaceAll('.', '_');
}

/** A refused name is a client's text: cut, and without what could break a line. */
function shown(name: string): string {
  return name.slice(0, NAME_LENGTH_MAX).replace(/[^\x20-\x7e]/g, '?');
}

/** Which topics a request is about, on its span: its title, and what a search by topic finds. */
import { clientName } from '../telemetry/trace/client-name';
import type { Operation } from '../telemetry/trace/operation';

const NAMED_MAX = 5;

/**
 * One topic is `messaging.destination.name`, as on the spans of its partitions below; of several the first five are named in
 * `seaglass.topics`, with their count beside. Names that stand next to each other may repeat.
 */
export function describeTopics(operation: Operation, names: Iterable<string>): void {
  let first: string | undefined;
  let distinct: Set<string> | undefined;
  for (const name of names) {
    if (name === '' || name === first) continue;
    if (first === undefined) first = name;
    else (distinct ??= new Set([first])).add(name);
  }
  if (distinct !== undefined) {
    const shown = [...distinct].slice(0, NAMED_MAX).map(clientName).join(',');
    operation.set('seaglass.topics', shown).set('seaglass.topics.count', distinct.size);
  } else if (first !== undefined) {
    operation.set('messaging.destination.name', clientName(first));
  }
}

/** Where two answers to one request differ: in which field, or in an object that only one of them has. */
import { objectsOf } from './answer-text';
import type { Exchange } from './script';

export interface Difference {
  /** `<api> <version>: <what was asked>` */
  readonly exchange: string;
  /** Where in the answer, for instance `topics[0].errorCode`. */
  readonly at: string;
  /** As JSON; 'nothing' where it is not there. */
  readonly kafka: string;
  readonly here: string;
}

export const nameOf = ({ api, version, what }: Exchange): string => `${api} ${version}: ${what}`;

export function differencesOf(kafka: Exchange, here: Exchange): Difference[] {
  const [theirs, ours] = [objectsOf(kafka.lines), objectsOf(here.lines)];
  const found: Difference[] = [];
  const compare = (at: string, theirValue: unknown, ourValue: unknown): void => {
    const [their, our] = [textOf(theirValue), textOf(ourValue)];
    if (their !== our) found.push({ exchange: nameOf(kafka), at, kafka: their, here: our });
  };
  for (const path of new Set([...theirs.keys(), ...ours.keys()])) {
    const [their, our] = [theirs.get(path), ours.get(path)];
    if (their === undefined || our === undefined) compare(path, their, our);
    else
      for (const field of new Set([...Object.keys(their), ...Object.keys(our)])) {
        // Of a list that is empty in one answer only, its elements in the other tell.
        if (isEmpty(their[field]) && !(field in our)) continue;
        if (isEmpty(our[field]) && !(field in their)) continue;
        compare(path === '' ? field : `${path}.${field}`, their[field], our[field]);
      }
  }
  return found;
}

const isEmpty = (value: unknown): boolean => Array.isArray(value) && value.length === 0;
const textOf = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));

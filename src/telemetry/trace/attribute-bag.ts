/**
 * An empty object for the attributes of a span, with room for them. V8 gives a plain object room for four properties and turns it into a
 * hash table past sixteen that are set by computed names; a span has about 22, and building them cost 2.3 µs so, 0.3 µs with room.
 */
import type { AttributeValue } from './operation';

const INSTANCES_UNTIL_SETTLED = 16;

/** The assignments are never run but for the first instances: V8 reserves a place for each that it has seen used. */
class Bag {
  [key: string]: AttributeValue | undefined;

  constructor(filled: boolean) {
    if (!filled) return;
    this['a'] = this['b'] = this['c'] = this['d'] = this['e'] = this['f'] = this['g'] = this['h'] = 0;
    this['i'] = this['j'] = this['k'] = this['l'] = this['m'] = this['n'] = this['o'] = this['p'] = 0;
    this['q'] = this['r'] = this['s'] = this['t'] = this['u'] = this['v'] = this['w'] = this['x'] = 0;
  }
}
for (let index = 0; index < INSTANCES_UNTIL_SETTLED; index++) new Bag(true);

export function attributeBag(): Record<string, AttributeValue> {
  return new Bag(false) as Record<string, AttributeValue>;
}

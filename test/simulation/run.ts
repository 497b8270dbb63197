/** `npm run simulate -- --seed N [--steps N] [--seconds N]`: replays a seed, or draws one. Ends with 1 where system and model disagree. */
import { parseArgs } from 'node:util';
import { systemRandom } from '../../src/random';
import { simulate } from './simulate';

const { values } = parseArgs({
  options: { seed: { type: 'string' }, steps: { type: 'string' }, seconds: { type: 'string' } },
});
const number = (text: string | undefined, otherwise: number): number => {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`expected a number from 0 on, got ${text}`);
  return value;
};

const unbounded = values.steps === undefined && values.seconds === undefined;
void simulate({
  seed: number(values.seed, systemRandom.integer(0, 2 ** 31)),
  stepsMax: number(values.steps, Infinity),
  secondsMax: number(values.seconds, unbounded ? 60 : Infinity),
}).then(({ lines, disagreement }) => {
  console.log(lines.join('\n'));
  process.exitCode = disagreement === undefined ? 0 : 1;
});

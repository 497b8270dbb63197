/** A wrong caller: stays on in production. Throws AssertionError naming what was expected. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

export function assert(condition: unknown, expected: string): asserts condition {
  if (!condition) throw new AssertionError(`expected ${expected}`);
}

/** For the default of a switch over a closed set: the compiler refuses a call that can be reached. */
export function unreachable(value: never): never {
  throw new AssertionError(`no other case, got ${String(value)}`);
}

/** A wrong caller: stays on in production. Throws AssertionError naming what was expected. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError';
}

export function assert(condition: unknown, expected: string): asserts condition {
  if (!condition) throw new AssertionError(`expected ${expected}`);
}

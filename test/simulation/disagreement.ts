/** What was read, answered or kept is not what the model says. */
export class Disagreement extends Error {
  override readonly name = 'Disagreement';
}

export function agree(condition: boolean, claim: () => string): asserts condition {
  if (!condition) throw new Disagreement(claim());
}

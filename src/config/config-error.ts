/** A setting that cannot be used: which, what it was given, where that came from, what is allowed. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** `limits.idle-ms-max: "soon" (from --limits-idle-ms-max) is not allowed; allowed: a whole number from 1 to 2147483647` */
export function refuseValue(refusal: { key: string; value: unknown; from: string; allowed: string }): ConfigError {
  const value = shown(refusal.value);
  return new ConfigError(`${refusal.key}: ${value} (from ${refusal.from}) is not allowed; allowed: ${refusal.allowed}`);
}

/** Names the nearest known key, and all of them. `within`: the setting that the key is a part of. */
export function refuseKey(refusal: {
  within?: string;
  key: string;
  value: unknown;
  from: string;
  known: readonly string[];
}): ConfigError {
  const value = shown(refusal.value);
  const nearest = nearestOf(refusal.key, refusal.known);
  const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`;
  const key = refusal.within === undefined ? refusal.key : `${refusal.within}.${refusal.key}`;
  return new ConfigError(
    `${key}: ${value} (from ${refusal.from}) is not a setting${hint}\nallowed: ${refusal.known.join(', ')}`,
  );
}

/** As the user wrote it, in quotes where it is text. */
const shown = (value: unknown): string => (value === undefined ? 'no value' : JSON.stringify(value));

function nearestOf(name: string, known: readonly string[]): string | undefined {
  let nearest: string | undefined;
  let nearestDistance = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < nearestDistance) [nearest, nearestDistance] = [candidate, distance];
  }
  return nearest;
}

function editDistance(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row++) {
    const current = [row];
    for (let column = 1; column <= right.length; column++) {
      const swap = (previous[column - 1] ?? 0) + (left[row - 1] === right[column - 1] ? 0 : 1);
      current.push(Math.min(swap, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[right.length] ?? 0;
}

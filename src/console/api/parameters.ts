/** Parameters of a GET, checked. */

/** It was asked wrongly, or for what is not there. */
export class ParameterError extends Error {
  readonly status: 400 | 403 | 404;

  constructor(message: string, status: 400 | 403 | 404 = 400) {
    super(message);
    this.name = 'ParameterError';
    this.status = status;
  }
}

/** One that must be there. Throws ParameterError. */
export function required(query: URLSearchParams, name: string): string {
  const value = query.get(name);
  if (value === null || value === '') throw new ParameterError(`${name} is missing`);
  return value;
}

/** A whole number from `min` to `max`; `initial` where it is absent. Throws ParameterError. */
export function wholeNumber(
  query: URLSearchParams,
  name: string,
  { min = 0, max = Number.MAX_SAFE_INTEGER, initial }: { min?: number; max?: number; initial: number },
): number {
  const text = query.get(name);
  if (text === null || text === '') return initial;
  const value = Number(text);
  if (/^-?\d+$/.test(text) && value >= min && value <= max) return value;
  throw new ParameterError(`${name} must be a whole number from ${min} to ${max}`);
}

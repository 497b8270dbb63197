/** The error codes of an answer, for its span. */
export function* codesOf(entries: Iterable<{ readonly errorCode: number }>): Iterable<number> {
  for (const { errorCode } of entries) if (errorCode !== 0) yield errorCode;
}

/** What OpenSSL says of a failure is a line of numbers, its own functions and files: the words of it, for whoever reads a log. */
const LINE = /error:[0-9A-F]+:([^:\n]*):[^:\n]*:([^:\n]+)/;

/** The message as it is where it is not OpenSSL's. */
export function opensslWords(message: string): string {
  const [, room, reason] = LINE.exec(message) ?? [];
  return room === undefined || reason === undefined ? message : `${reason} (${room})`;
}

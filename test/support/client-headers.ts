/** What only a reader of whole messages asks. */
import type { Reader } from '../../src/protocol/reader';

/** The message must have been read to its end. */
export function expectEnd(reader: Reader): void {
  if (reader.position !== reader.end) throw reader.error('the end of the message', `${reader.remaining} more bytes`);
}

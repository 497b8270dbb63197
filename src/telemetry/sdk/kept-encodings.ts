/** What texts were encoded to, for those that come again and again. */
import { ProtoWriter } from './proto-writer';

const LENGTH_MAX = 128;

export class KeptEncodings {
  readonly #max: number;
  readonly #encode: (writer: ProtoWriter, text: string) => void;
  readonly #encodings = new Map<string, Uint8Array>();

  /** At most `max` of them; once there are more, those that are still in use are encoded anew. */
  constructor(max: number, encode: (writer: ProtoWriter, text: string) => void) {
    this.#max = max;
    this.#encode = encode;
  }

  write(writer: ProtoWriter, text: string): void {
    const known = this.#encodings.get(text);
    if (known !== undefined) writer.raw(known);
    else if (text.length > LENGTH_MAX) this.#encode(writer, text);
    else writer.raw(this.#keep(text));
  }

  #keep(text: string): Uint8Array {
    const writer = new ProtoWriter(LENGTH_MAX);
    this.#encode(writer, text);
    const bytes = writer.take();
    if (this.#encodings.size >= this.#max) this.#encodings.clear();
    this.#encodings.set(text, bytes);
    return bytes;
  }
}

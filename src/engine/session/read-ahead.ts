/**
 * How far a session's engine may send ahead of its readers. It begins with what the first reader asked for and doubles with every
 * read that came back for more, so that a random read costs little and a backlog streams.
 */
const BYTES_MIN = 64 * 1024;

export class ReadAhead {
  readonly #bytesMax: number;
  #targetBytes: number;
  /** Granted and not yet received; may be overdrawn by one batch. */
  #outstandingBytes = 0;
  /** Received and not yet taken. */
  queuedBytes = 0;
  #reads = 0;

  constructor(bytesMax: number, firstBytes: number) {
    this.#bytesMax = bytesMax;
    this.#targetBytes = Math.min(Math.max(firstBytes, BYTES_MIN), bytesMax);
  }

  get full(): boolean {
    return this.queuedBytes >= this.#bytesMax;
  }

  /** The credit to begin with. */
  start(): number {
    this.#outstandingBytes = this.#targetBytes;
    return this.#targetBytes;
  }

  arrived(bytes: number): void {
    this.queuedBytes += bytes;
    this.#outstandingBytes -= bytes;
  }

  /** Returns how much credit to give now; `shareMax` is what all sessions together leave for one. */
  taken(bytes: number, shareMax: number): number {
    this.queuedBytes -= bytes;
    this.#reads += 1;
    if (this.#reads > 1) this.#targetBytes = Math.min(this.#targetBytes * 2, this.#bytesMax);
    const target = Math.max(BYTES_MIN, Math.min(this.#targetBytes, shareMax));
    const wanted = target - this.queuedBytes - this.#outstandingBytes;
    // Small grants cost a message each; a quarter of the target keeps the engine sending.
    if (wanted < target / 4) return 0;
    this.#outstandingBytes += wanted;
    return wanted;
  }
}

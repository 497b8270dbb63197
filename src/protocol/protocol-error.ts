/**
 * Bytes that are not what Kafka's wire format says. The peer's fault, never ours: the connection that sent them is closed, or
 * the message refused. Holds no content, only what was expected, what came and where.
 */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly expected: string;
  readonly got: string;
  /** Bytes from the start of what was being read (a frame without its length, a batch, …). */
  readonly position: number;

  constructor(details: { readonly expected: string; readonly got: string; readonly position: number }) {
    super(`expected ${details.expected}, got ${details.got} at byte ${details.position}`);
    this.expected = details.expected;
    this.got = details.got;
    this.position = details.position;
  }
}

/** Why a connection ended; the label of seaglass_connections_closed_total. */
export const CLOSE_CAUSES = [
  'client',
  'reset',
  'idle',
  'first_frame_timeout',
  'frame_timeout',
  'frame_too_large',
  'protocol_error',
  'unanswered_error',
  'write_timeout',
  'sign_in_failed',
  'sign_in_timeout',
  'session_expired',
  'internal_error',
  'shutdown',
] as const;
export type CloseCause = (typeof CLOSE_CAUSES)[number];

/** A request that costs its connection: it is closed, once the answers before it have left. */
export class ConnectionEnd extends Error {
  override readonly name = 'ConnectionEnd';
  readonly closeCause: CloseCause;

  constructor(closeCause: CloseCause, message: string) {
    super(message);
    this.closeCause = closeCause;
  }
}

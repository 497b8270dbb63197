/** What a connection gives its frames to: the dispatcher, or the gate that stands before it where clients must sign in. */
import type { CloseCause } from './close-cause';
import type { Caller, Exchange } from './request-run';

export interface FrameServer {
  /** What the client must do before it is served; undefined where there is nothing, or it has done it. */
  readonly signIn: SignInLimits | undefined;
  /** Whether the frame's request may begin before an earlier one of the same API is answered; -1 where it must wait. */
  overlapKey(frame: Uint8Array): number;
  /** How many bytes of the frame may be shown to whoever looks at connections; the rest holds what nobody may see. */
  shownBytes(frame: Uint8Array): number;
  /** Begins the request. Throws ProtocolError or ConnectionEnd where it costs the connection. */
  begin(frame: Uint8Array, caller: Caller, effectsTurn: Promise<void> | undefined): Exchange;
  /** The connection is gone. */
  closed(cause: CloseCause, detail: string): void;
}

export interface SignInLimits {
  /** The largest frame. */
  readonly frameBytesMax: number;
  /** Since the connection was opened. */
  readonly msMax: number;
}

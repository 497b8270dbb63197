/** A member of a group: who it is, what it offered, and whether its client waits for an answer. */
import { NO_BYTES } from '../../../protocol/reader';
import type { Timer } from '../../../clock';
import type { ErrorCode } from '../../../protocol/error-code';

/** An assignment strategy a member offers. The metadata is opaque and comes back byte for byte. */
export interface MemberProtocol {
  readonly name: string;
  readonly metadata: Uint8Array;
}

export interface JoinAnswer {
  readonly error: ErrorCode;
  readonly memberId: string;
  readonly generationId: number;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly leaderId: string;
  /** Told to a static leader that came back: the group is stable, do not assign again. */
  readonly skipAssignment: boolean;
  /** For the leader alone. */
  readonly members: readonly {
    readonly memberId: string;
    readonly groupInstanceId: string | null;
    readonly metadata: Uint8Array;
  }[];
}

export interface SyncAnswer {
  readonly error: ErrorCode;
  readonly protocolType: string | null;
  readonly protocolName: string | null;
  readonly assignment: Uint8Array;
}

export interface Member {
  readonly id: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  sessionTimeoutMs: number;
  rebalanceTimeoutMs: number;
  protocols: readonly MemberProtocol[];
  assignment: Uint8Array;
  /** True until the first join barrier it takes part in opens. */
  isNew: boolean;
  /** Called with the answer its client waits for; absent while it waits for none. */
  answerJoin: ((answer: JoinAnswer) => void) | undefined;
  answerSync: ((answer: SyncAnswer) => void) | undefined;
  session: Timer | undefined;
}

export function metadataOf(member: Member, protocolName: string | null): Uint8Array {
  return member.protocols.find((each) => each.name === protocolName)?.metadata ?? NO_BYTES;
}

/** True where the offers are the same, in the same order, byte for byte. */
export function sameProtocols(a: readonly MemberProtocol[], b: readonly MemberProtocol[]): boolean {
  return (
    a.length === b.length &&
    a.every((each, index) => {
      const other = b[index];
      return other?.name === each.name && Buffer.compare(each.metadata, other.metadata) === 0;
    })
  );
}

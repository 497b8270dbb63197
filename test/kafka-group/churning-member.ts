/**
 * A member of a group that comes and goes: it joins, assigns where it leads, reads and commits what it was assigned, and leaves or
 * dies when its life is over. What it saw is told to a `Ledger`, which knows what must never be.
 */
import { ErrorCode } from '../../src/protocol/error-code';
import { readRecords } from '../engine/batches';
import { GroupMember } from '../support/group-member';
import { KafkaClient } from '../support/kafka-client';

const FETCH_WAIT_MS = 250;

/** What all members of one group saw together. Everything wrong is thrown where it is seen. */
export class Ledger {
  readonly #owners = new Map<string, string>();
  readonly #leaders = new Map<number, string>();
  readonly #processed = new Set<string>();
  generations = 0;
  joins = 0;
  deaths = 0;
  /** In one generation. */
  mostMembers = 0;
  /** Answers that asked for patience, as clients have: the engine behind the gateway was slow, or contradicted itself. */
  refusals = 0;

  /** `memberCount` is 0 but in the answer to the leader. */
  joined(generation: number, leaderId: string, memberCount: number): void {
    this.joins += 1;
    this.mostMembers = Math.max(this.mostMembers, memberCount);
    const known = this.#leaders.get(generation);
    if (known === undefined) this.generations += 1;
    if (known !== undefined && known !== leaderId) {
      throw new Error(`generation ${generation} has two leaders, ${known} and ${leaderId}`);
    }
    this.#leaders.set(generation, leaderId);
  }

  owns(generation: number, partition: number, memberId: string): void {
    const key = `${generation}/${partition}`;
    const owner = this.#owners.get(key);
    if (owner !== undefined && owner !== memberId) {
      throw new Error(`partition ${partition} has two owners in generation ${generation}, ${owner} and ${memberId}`);
    }
    this.#owners.set(key, memberId);
  }

  /** Commits are taken from the partition's owner in the generation alone. */
  committed(generation: number, partition: number, memberId: string): void {
    const owner = this.#owners.get(`${generation}/${partition}`);
    if (owner !== memberId) throw new Error(`${memberId} committed partition ${partition}, which ${owner} owns`);
  }

  processed(value: string): void {
    this.#processed.add(value);
  }

  /** Those of `values` that nobody has processed. */
  missing(values: Iterable<string>): string[] {
    return [...values].filter((value) => !this.#processed.has(value));
  }

  get processedCount(): number {
    return this.#processed.size;
  }
}

export interface Life {
  readonly port: number;
  readonly topic: string;
  readonly groupId: string;
  readonly partitionCount: number;
  readonly sessionTimeoutMs: number;
  readonly ledger: Ledger;
  /** Asked between steps: go on, leave the group, or be gone without a word. */
  readonly next: () => 'stay' | 'leave' | 'die';
}

export async function live(life: Life): Promise<void> {
  const client = await KafkaClient.connect(life.port, 'churning');
  const { sessionTimeoutMs } = life;
  const member = new GroupMember(client, life.groupId, { sessionTimeoutMs, rebalanceTimeoutMs: sessionTimeoutMs });
  try {
    for (;;) {
      const partitions = await enter(member, life);
      if (partitions === undefined) continue;
      const end = await work(client, member, partitions, life);
      if (end === 'die') life.ledger.deaths += 1;
      if (end === 'leave') await member.leave();
      if (end !== 'rejoin') return;
    }
  } finally {
    await client.close();
  }
}

/** The partitions assigned; undefined where the group went on without it, and it has to join again. */
async function enter(member: GroupMember, { ledger, partitionCount }: Life): Promise<readonly number[] | undefined> {
  const joined = await member.join();
  if (joined.errorCode === ErrorCode.UNKNOWN_MEMBER_ID) member.resume({ memberId: '', generationId: -1 });
  if (!mayGoOn(joined.errorCode)) throw new Error(`a join ended with ${joined.errorCode}`);
  if (joined.errorCode !== ErrorCode.NONE) return undefined;
  ledger.joined(member.generationId, joined.leader ?? '', joined.members.length);
  const ids = joined.members.map((each) => each.memberId);
  const { errorCode, assignment } = await member.sync((memberId) => {
    const index = ids.indexOf(memberId);
    return Uint8Array.from(range(partitionCount).filter((partition) => partition % ids.length === index));
  });
  if (errorCode === ErrorCode.UNKNOWN_MEMBER_ID) member.resume({ memberId: '', generationId: -1 });
  if (!mayGoOn(errorCode)) throw new Error(`a sync ended with ${errorCode}`);
  if (errorCode !== ErrorCode.NONE) return undefined;
  for (const partition of assignment) ledger.owns(member.generationId, partition, member.memberId);
  return [...assignment];
}

async function work(
  client: KafkaClient,
  member: GroupMember,
  partitions: readonly number[],
  { topic, ledger, next }: Life,
): Promise<'rejoin' | 'leave' | 'die'> {
  const positions = new Map<number, number>();
  // Heartbeats come after every round, whatever the number of partitions.
  const maxWaitMs = Math.ceil(FETCH_WAIT_MS / Math.max(partitions.length, 1));
  for (;;) {
    const step = next();
    if (step !== 'stay') return step;
    for (const partition of partitions) {
      const position = positions.get(partition) ?? (await startOf(member, topic, partition));
      if (position === undefined) {
        ledger.refusals += 1;
        continue;
      }
      const fetched = await client.fetch(topic, position, { partition, maxWaitMs });
      if (isRetriable(fetched.partition.errorCode)) {
        ledger.refusals += 1;
        continue;
      }
      if (fetched.partition.errorCode !== ErrorCode.NONE) throw new Error(`a fetch: ${fetched.partition.errorCode}`);
      const records = readRecords([fetched.records]).filter((record) => record.offset >= position);
      const last = records.at(-1);
      if (last === undefined) continue;
      for (const { value } of records) ledger.processed(Buffer.from(value ?? '').toString());
      const code = await member.commit(topic, last.offset + 1, { partition });
      if (code === ErrorCode.NONE) ledger.committed(member.generationId, partition, member.memberId);
      else if (mayGoOn(code)) return rejoin(member, code);
      else if (isRetriable(code)) {
        // Not committed: whoever has the partition next reads it once more.
        ledger.refusals += 1;
      } else throw new Error(`a commit ended with ${code}`);
      positions.set(partition, last.offset + 1);
    }
    // Who owns nothing waits where nothing comes, for as long as a fetch.
    if (partitions.length === 0) await client.fetch(topic, 0, { maxWaitMs, minBytes: 1 << 30 });
    const code = await member.heartbeat();
    if (code !== ErrorCode.NONE && mayGoOn(code)) return rejoin(member, code);
    if (code !== ErrorCode.NONE) throw new Error(`a heartbeat ended with ${code}`);
  }
}

/** Undefined where the storage of offsets asks for patience. */
async function startOf(member: GroupMember, topic: string, partition: number): Promise<number | undefined> {
  const { errorCode, offset } = await member.committed(topic, partition);
  if (isRetriable(errorCode)) return undefined;
  if (errorCode !== ErrorCode.NONE) throw new Error(`committed offsets: ${errorCode}`);
  return Math.max(Number(offset), 0);
}

function rejoin(member: GroupMember, code: number): 'rejoin' {
  if (code === ErrorCode.UNKNOWN_MEMBER_ID) member.resume({ memberId: '', generationId: -1 });
  return 'rejoin';
}

/** What a member hears while its group changes. */
const mayGoOn = (code: number): boolean =>
  [ErrorCode.NONE, ErrorCode.REBALANCE_IN_PROGRESS, ErrorCode.ILLEGAL_GENERATION, ErrorCode.UNKNOWN_MEMBER_ID].some(
    (each) => each === code,
  );

/** What every client asks again after. */
export const isRetriable = (code: number): boolean =>
  [
    ErrorCode.NOT_LEADER_OR_FOLLOWER,
    ErrorCode.KAFKA_STORAGE_ERROR,
    ErrorCode.COORDINATOR_NOT_AVAILABLE,
    ErrorCode.REQUEST_TIMED_OUT,
  ].some((each) => each === code);

const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

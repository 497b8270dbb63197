/**
 * A group as it is kept for the time after a restart: what Kafka keeps of it. One entry of JSON; bytes that only clients understand
 * are in base64. Of a member's offers only the chosen one is kept, so its metadata is what the leader assigned from.
 *
 *   {"type":"group","version":1,"group":"g","generation":3,"protocol_type":"consumer","protocol":"range","leader":"c-1","stored_at":1700000000000,
 *    "members":[{"id":"c-1","instance_id":null,"client_id":"c","client_host":"127.0.0.1","session_timeout_ms":45000,
 *                "rebalance_timeout_ms":300000,"metadata":"AAE=","assignment":"AAE="}]}
 */
import { EngineError } from '../../../engine-error';
import { Group } from './group';
import type { Member } from './member';
import { NO_BYTES } from '../../../protocol/reader';
import { metadataOf } from './member';

export interface StoredMember {
  readonly id: string;
  readonly groupInstanceId: string | null;
  readonly clientId: string;
  readonly clientHost: string;
  readonly sessionTimeoutMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly metadata: Uint8Array;
  readonly assignment: Uint8Array;
}

export interface StoredGroup {
  readonly id: string;
  readonly generationId: number;
  readonly protocolType: string | null;
  /** Null where it has no members. */
  readonly protocolName: string | null;
  readonly leaderId: string | null;
  /** Milliseconds since the epoch. */
  readonly storedAtMs: number;
  /** In the order of joining. */
  readonly members: readonly StoredMember[];
}

const VERSION = 1;
/** A string of Kafka's protocol has no more. */
const NAME_BYTES_MAX = 32_767;

/** The group as it will be once its members have these assignments. */
export function groupToStore(
  group: Group,
  assignments: ReadonlyMap<string, Uint8Array>,
  storedAtMs: number,
): StoredGroup {
  return {
    id: group.id,
    generationId: group.generationId,
    protocolType: group.protocolType,
    protocolName: group.protocolName,
    leaderId: group.leaderId ?? null,
    storedAtMs,
    members: [...group.members.values()].map((member) => ({
      id: member.id,
      groupInstanceId: member.groupInstanceId,
      clientId: member.clientId,
      clientHost: member.clientHost,
      sessionTimeoutMs: member.sessionTimeoutMs,
      rebalanceTimeoutMs: member.rebalanceTimeoutMs,
      metadata: metadataOf(member, group.protocolName),
      assignment: assignments.get(member.id) ?? NO_BYTES,
    })),
  };
}

/** Stable where it has members, else empty. The sessions are the caller's to begin. */
export function groupFrom(stored: StoredGroup): Group {
  const group = new Group(stored.id);
  group.generationId = stored.generationId;
  group.protocolType = stored.protocolType;
  group.protocolName = stored.protocolName;
  group.leaderId = stored.leaderId ?? undefined;
  for (const { metadata, ...kept } of stored.members) {
    const protocols = [{ name: stored.protocolName ?? '', metadata }];
    const idle = { isNew: false, answerJoin: undefined, answerSync: undefined, session: undefined };
    const member: Member = { ...kept, ...idle, protocols };
    group.members.set(member.id, member);
    if (member.groupInstanceId !== null) group.staticMembers.set(member.groupInstanceId, member.id);
  }
  if (group.members.size > 0) group.state = { name: 'Stable' };
  else group.emptySinceMs = stored.storedAtMs;
  return group;
}

export function encodeGroup(group: StoredGroup): Uint8Array {
  const entry = {
    type: 'group',
    version: VERSION,
    group: group.id,
    generation: group.generationId,
    protocol_type: group.protocolType,
    protocol: group.protocolName,
    leader: group.leaderId,
    stored_at: group.storedAtMs,
    members: group.members.map((member) => ({
      id: member.id,
      instance_id: member.groupInstanceId,
      client_id: member.clientId,
      client_host: member.clientHost,
      session_timeout_ms: member.sessionTimeoutMs,
      rebalance_timeout_ms: member.rebalanceTimeoutMs,
      metadata: Buffer.from(member.metadata).toString('base64'),
      assignment: Buffer.from(member.assignment).toString('base64'),
    })),
  };
  return new TextEncoder().encode(JSON.stringify(entry));
}

/** Throws EngineError('storage_error') with what is wrong: what cannot be read is never taken for a group without members. */
export function decodeGroup(content: Uint8Array): StoredGroup {
  const entry = new Fields(parse(content), 'the entry');
  if (entry.value('type') !== 'group') throw damaged('expected an entry of type "group"');
  const version = entry.count('version');
  if (version !== VERSION) throw damaged(`expected version ${VERSION}, got ${version}`);
  const group: StoredGroup = {
    id: entry.name('group'),
    generationId: entry.count('generation'),
    protocolType: entry.nameOrNull('protocol_type'),
    protocolName: entry.nameOrNull('protocol'),
    leaderId: entry.nameOrNull('leader'),
    storedAtMs: entry.count('stored_at'),
    members: entry.list('members').map(decodeMember),
  };
  const ids = new Set(group.members.map((each) => each.id));
  if (ids.size !== group.members.length) throw damaged('expected each member once');
  const leads = group.leaderId !== null && ids.has(group.leaderId);
  if (ids.size > 0 && !(leads && group.protocolName !== null && group.protocolType !== null)) {
    throw damaged('expected a protocol and a leader that is one of the members');
  }
  return group;
}

function decodeMember(value: unknown, index: number): StoredMember {
  const member = new Fields(value, `member ${index}`);
  return {
    id: member.name('id'),
    groupInstanceId: member.nameOrNull('instance_id'),
    clientId: member.name('client_id'),
    clientHost: member.name('client_host'),
    sessionTimeoutMs: member.count('session_timeout_ms'),
    rebalanceTimeoutMs: member.count('rebalance_timeout_ms'),
    metadata: new Uint8Array(Buffer.from(member.text('metadata'), 'base64')),
    assignment: new Uint8Array(Buffer.from(member.text('assignment'), 'base64')),
  };
}

function parse(content: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(content));
  } catch (cause) {
    throw damaged(`expected JSON, got ${content.length} other bytes`, cause);
  }
}

/** Fields of a JSON object, each checked as it is read. */
class Fields {
  readonly #fields: Readonly<Record<string, unknown>>;
  readonly #where: string;

  constructor(value: unknown, where: string) {
    if (typeof value !== 'object' || value === null) throw damaged(`expected ${where} to be an object`);
    this.#fields = value as Readonly<Record<string, unknown>>;
    this.#where = where;
  }

  value(name: string): unknown {
    return this.#fields[name];
  }

  text(name: string): string {
    const value = this.#fields[name];
    if (typeof value !== 'string') throw damaged(`expected ${name} of ${this.#where} to be text`);
    return value;
  }

  /** Text that answers can hold. */
  name(name: string): string {
    const value = this.text(name);
    if (Buffer.byteLength(value) > NAME_BYTES_MAX) {
      throw damaged(`expected ${name} of ${this.#where} to be text of at most ${NAME_BYTES_MAX} bytes`);
    }
    return value;
  }

  nameOrNull(name: string): string | null {
    return this.#fields[name] === null ? null : this.name(name);
  }

  count(name: string): number {
    const value = this.#fields[name];
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
      throw damaged(`expected ${name} of ${this.#where} to be a number of at least 0`);
    }
    return value;
  }

  list(name: string): readonly unknown[] {
    const value = this.#fields[name];
    if (!Array.isArray(value)) throw damaged(`expected ${name} of ${this.#where} to be a list`);
    return value;
  }
}

const damaged = (why: string, cause?: unknown): EngineError =>
  new EngineError('storage_error', `a stored group cannot be read: ${why}`, cause);

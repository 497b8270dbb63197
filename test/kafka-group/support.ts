/** What the tests of groups share: a call context without telemetry, a filer in memory, and members that join by one line. */
import { setMaxListeners } from 'node:events';
import type { FilerEntry, Filer, WalkedEntry } from '../../src/engine/engine';
import { EngineError } from '../../src/engine-error';
import { GroupCoordinator } from '../../src/kafka/groups/classic/group-coordinator';
import type { GroupSettings } from '../../src/kafka/groups/classic/group-settings';
import { DEFAULT_GROUP_SETTINGS } from '../../src/kafka/groups/classic/group-settings';
import type { JoinRequest } from '../../src/kafka/groups/classic/join';
import type { JoinAnswer, SyncAnswer } from '../../src/kafka/groups/classic/member';

import type { CallContext, Operation, OperationSource } from '../../src/telemetry/trace/operation';
import { ManualClock } from '../support/manual-clock';
import { MemoryOffsetStorage } from '../support/memory-offset-storage';

export const silentOperation: Operation = {
  name: 'request',
  traceId: '0'.repeat(32),
  spanId: '0'.repeat(16),
  ended: false,
  kept: false,
  child: () => silentOperation,
  set: () => silentOperation,
  ownMs: () => 0,
  setBudget: () => silentOperation,
  idle: () => silentOperation,
  event: () => silentOperation,
  link: () => silentOperation,
  live: () => silentOperation,
  blame: () => silentOperation,
  flag: () => silentOperation,
  whenDecided: () => undefined,
  end: () => undefined,
};
export const silentOperations: OperationSource = { root: () => silentOperation };

export function callContext(signal = new AbortController().signal): CallContext {
  setMaxListeners(0, signal);
  return { operation: silentOperation, signal };
}

/** Directories come with the entries in them, as in the filer; `failWith` makes every call fail, `hold` makes them wait. */
export class MemoryFiler implements Filer {
  readonly entries = new Map<string, Uint8Array>();
  failWith: EngineError | undefined;
  puts = 0;
  calls = 0;
  #held: Promise<void> | undefined;

  hold(): { release(): void } {
    let release = (): void => undefined;
    this.#held = new Promise((resolve) => (release = resolve));
    return {
      release: () => {
        this.#held = undefined;
        release();
      },
    };
  }

  async put(directory: string, name: string, content: Uint8Array): Promise<void> {
    await this.#held;
    this.#check(name);
    this.puts += 1;
    this.entries.set(`${directory}/${name}`, content);
  }

  async get(directory: string, name: string): Promise<FilerEntry | undefined> {
    await this.#held;
    this.#check(name);
    const content = this.entries.get(`${directory}/${name}`);
    return content === undefined ? undefined : { name, isDirectory: false, content };
  }

  async *list(directory: string): AsyncGenerator<FilerEntry> {
    await this.#held;
    this.#check('');
    const names = new Map<string, boolean>();
    for (const path of this.entries.keys()) {
      if (!path.startsWith(`${directory}/`)) continue;
      const [name = '', ...rest] = path.slice(directory.length + 1).split('/');
      names.set(name, rest.length > 0);
    }
    for (const [name, isDirectory] of [...names].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const content = this.entries.get(`${directory}/${name}`) ?? new Uint8Array(0);
      yield { name, isDirectory, content };
    }
  }

  async *walk(directory: string): AsyncGenerator<WalkedEntry> {
    const below: string[] = [];
    for await (const entry of this.list(directory)) {
      yield { ...entry, directory };
      if (entry.isDirectory) below.push(`${directory}/${entry.name}`);
    }
    for (const each of below) yield* this.walk(each);
  }

  async delete(directory: string, name: string): Promise<void> {
    await this.#held;
    this.#check(name);
    const path = `${directory}/${name}`;
    for (const each of [...this.entries.keys()]) {
      if (each === path || each.startsWith(`${path}/`)) this.entries.delete(each);
    }
  }

  #check(name: string): void {
    this.calls += 1;
    if (this.failWith !== undefined) throw this.failWith;
    if (name.includes('/') || name === '.' || name === '..') throw new EngineError('invalid_request', `name ${name}`);
  }
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (content: Uint8Array): string => new TextDecoder().decode(content);

/** What members ask of group `g`, by one line each. */
export interface Members {
  join(fields?: Partial<JoinRequest>): Promise<JoinAnswer>;
  sync(member: JoinAnswer, assignments?: Readonly<Record<string, string>>, instance?: string): Promise<SyncAnswer>;
  heartbeat(member: JoinAnswer, generationId?: number): number;
  leave(...memberIds: string[]): readonly number[];
}

export interface Bench extends Members {
  readonly clock: ManualClock;
  readonly coordinator: GroupCoordinator;
}

export function bench(settings: Partial<GroupSettings> = {}): Bench {
  const clock = new ManualClock();
  const coordinator = new GroupCoordinator({
    clock,
    offsets: new MemoryOffsetStorage(),
    settings: { ...DEFAULT_GROUP_SETTINGS, ...settings },
  });
  return { clock, coordinator, ...membersOf(coordinator) };
}

export function membersOf(coordinator: GroupCoordinator): Members {
  return {
    join: (fields = {}) => coordinator.join({ ...JOIN, ...fields }, callContext()),
    sync: (member, assignments = {}, instance) =>
      coordinator.sync(
        'g',
        {
          memberId: member.memberId,
          generationId: member.generationId,
          groupInstanceId: instance ?? null,
          protocolType: null,
          protocolName: null,
          assignments: new Map(Object.entries(assignments).map(([id, value]) => [id, bytes(value)])),
        },
        callContext(),
      ),
    heartbeat: (member, generationId = member.generationId) =>
      coordinator.heartbeat('g', { memberId: member.memberId, groupInstanceId: null, generationId }),
    leave: (...memberIds) =>
      coordinator.leave(
        'g',
        memberIds.map((memberId) => ({ memberId, groupInstanceId: null })),
      ),
  };
}

const JOIN: JoinRequest = {
  groupId: 'g',
  memberId: '',
  groupInstanceId: null,
  clientId: 'client',
  clientHost: '/127.0.0.1',
  sessionTimeoutMs: 10_000,
  rebalanceTimeoutMs: 60_000,
  protocolType: 'consumer',
  protocols: [{ name: 'range', metadata: bytes('topics') }],
  memberIdRequired: false,
  skipAssignmentKnown: true,
};

/**
 * What a group must do for its members, whatever client they are of. `claimGroups` runs each claim that a client offers, with
 * topics and groups of its own; those of all clients run at once, because most of their time is spent waiting for timeouts of the
 * protocol. What restarts the gateway comes last.
 */
import { randomUUID } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import { expectWithin } from '../support/measured';
import type { Program } from './checks';
import type { EngineUnderTest } from './engines';
import { type MemberProgram, type Place, startMembers } from './group-members';
import {
  expectTheBytes,
  missing,
  newTopic,
  type Outcome,
  outcomeOf,
  produce,
  range,
  send,
  withAdmin,
} from './group-records';
import { goOnOverRestarts, RESTART_CLAIM } from './group-restarts';

/** Short sessions, for the members that are killed; topics are made by the claims alone. */
export const GROUP_FLAGS = ['--groups-session-timeout-ms-min', '1000', '--kafka-auto-create-topics', 'false'];

const SESSION_MS = 3_000;
/** Survivors hear of the rebalance with their next heartbeat, 300 ms later at most; the rest is for a busy machine. */
const REBALANCE_MS_MAX = 10_000;
const TIMEOUT_MS = 600_000;

interface Bench {
  readonly kafka: Kafka;
  /** The client's program that all claims share. */
  readonly members: MemberProgram;
  /** Another one, for members that are killed. */
  another(): MemberProgram;
  name(what: string): string;
  readonly lacksMetadata: boolean;
}

const GROUP_CLAIMS = {
  sharing: 'members share the partitions, join and leave, and every record comes, byte for byte',
  manual: 'a consumer that is started again goes on at the offset that it committed, and its metadata are kept',
  auto: 'a consumer that is started again goes on at the offset that was committed for it',
  killed: "a killed member's partitions move within its session timeout and a rebalance",
  seek: 'a member seeks in a partition that it owns',
  pause: 'a paused partition sends nothing until it is resumed',
  static: 'a static member that is killed and started again has its partitions back without a rebalance',
  cooperative: 'cooperative members give up only what must move',
  pattern: 'a subscription by pattern takes a topic that is created later',
  later: 'a group waits for a topic that is created later',
} as const;

type Claim = keyof typeof GROUP_CLAIMS;

const WORK: Record<Claim, (bench: Bench) => Promise<void>> = {
  async sharing({ kafka, members, name }) {
    const topic = await newTopic(kafka, name('sharing'), 4);
    const group = name('sharing');
    const one = members.open({ group, topics: [topic] });
    await one.until('it owns all four', () => one.owned.size === 4);
    const first = await produce(kafka, topic, 4, 100, 'first');
    await one.until('the first records', () => missing(first, [one]).length === 0);
    const two = members.open({ group, topics: [topic] });
    await two.until('both own two', () => one.owned.size === 2 && two.owned.size === 2);
    expect([...one.owned, ...two.owned].sort()).toEqual(range(4).map((partition) => `${topic}/${partition}`));
    const second = await produce(kafka, topic, 4, 100, 'second');
    await two.until('the second records', () => missing(second, [one, two]).length === 0);
    await two.close();
    await one.until('it owns all four again', () => one.owned.size === 4);
    const third = await produce(kafka, topic, 4, 100, 'third');
    await one.until('the third records', () => missing(third, [one]).length === 0);
    expectTheBytes([...first, ...second, ...third], [one, two]);
    await one.close();
  },

  async manual({ kafka, members, name, lacksMetadata }) {
    const topic = await newTopic(kafka, name('manual'), 1);
    const options = { group: name('manual'), topics: [topic] };
    const sent = await produce(kafka, topic, 1, 10, 'value');
    const before = members.open(options);
    await before.until('ten records', () => missing(sent, [before]).length === 0);
    await before.commit({ topic, partition: 0 }, 6, 'seen six');
    await before.close();
    expect(await committed(kafka, options.group, topic)).toMatchObject({
      offset: '6',
      ...(lacksMetadata ? {} : { metadata: 'seen six' }),
    });
    const after = members.open(options);
    await after.until('the rest', () => missing(sent.slice(6), [after]).length === 0);
    expect(after.records[0]).toMatchObject({ offset: 6 });
    await after.close();
  },

  async auto({ kafka, members, name }) {
    const topic = await newTopic(kafka, name('auto'), 1);
    const options = { group: name('auto'), topics: [topic], autoCommit: true };
    const sent = await produce(kafka, topic, 1, 10, 'before');
    const before = members.open(options);
    await before.until('ten records', () => missing(sent, [before]).length === 0);
    await before.close();
    expect(await committed(kafka, options.group, topic)).toMatchObject({ offset: '10' });
    await produce(kafka, topic, 1, 3, 'after');
    const after = members.open(options);
    await after.until('three more', () => after.records.length === 3);
    expect(after.records.map(({ offset }) => offset)).toEqual([10, 11, 12]);
    await after.close();
  },

  async killed({ kafka, members, another, name }) {
    const topic = await newTopic(kafka, name('killed'), 4);
    const options = { group: name('killed'), topics: [topic], sessionMs: SESSION_MS };
    const stays = members.open(options);
    await stays.until('it owns all four', () => stays.owned.size === 4);
    const doomed = another();
    try {
      const dies = doomed.open(options);
      await dies.until('both own two', () => stays.owned.size === 2 && dies.owned.size === 2);
    } finally {
      await doomed.kill();
    }
    const killed = performance.now();
    await stays.until('it owns all four again', () => stays.owned.size === 4);
    expectWithin('a dead member was missed', performance.now() - killed, SESSION_MS + REBALANCE_MS_MAX);
    const sent = await produce(kafka, topic, 4, 40, 'after the kill');
    await stays.until('the records of all four', () => missing(sent, [stays]).length === 0);
    expectTheBytes(sent, [stays]);
    await stays.close();
  },

  async seek({ kafka, members, name }) {
    const topic = await newTopic(kafka, name('seek'), 1);
    const sent = await produce(kafka, topic, 1, 10, 'value');
    const member = members.open({ group: name('seek'), topics: [topic] });
    await member.until('ten records', () => missing(sent, [member]).length === 0);
    const seen = member.records.length;
    await member.seek({ topic, partition: 0 }, 3);
    await member.until('the records from there on', () => member.records.length >= seen + 7);
    expect(member.records.slice(seen).map(({ offset }) => offset)).toEqual([3, 4, 5, 6, 7, 8, 9]);
    await member.close();
  },

  async pause({ kafka, members, name }) {
    const topic = await newTopic(kafka, name('pause'), 2);
    const member = members.open({ group: name('pause'), topics: [topic] });
    await member.until('it owns both', () => member.owned.size === 2);
    const first = await produce(kafka, topic, 2, 4, 'before');
    await member.until('the records of both', () => missing(first, [member]).length === 0);
    const paused: Place = { topic, partition: 0 };
    await member.pause(paused);
    const others = async (rounds: number): Promise<void> => {
      for (const round of range(rounds)) {
        const open = await send(kafka, topic, [{ partition: 1, value: `open ${rounds} ${round}` }]);
        await member.until('the record of the other', () => missing(open, [member]).length === 0);
      }
    };
    // A fetch that was under way when it was paused may still bring its records; it is over when the other's have come.
    await others(2);
    const held = await send(
      kafka,
      topic,
      range(5).map((n) => ({ partition: 0, value: `held ${n}` })),
    );
    await others(3);
    expect(missing(held, [member])).toHaveLength(held.length);
    await member.resume(paused);
    await member.until('what was held', () => missing(held, [member]).length === 0);
    await member.close();
  },

  async static({ kafka, members, another, name }) {
    const topic = await newTopic(kafka, name('static'), 4);
    const options = { group: name('static'), topics: [topic], sessionMs: 60_000 };
    const stays = members.open({ ...options, instance: 'stays' });
    await stays.until('it owns all four', () => stays.owned.size === 4);
    const first = another();
    let owned: readonly string[];
    try {
      const dies = first.open({ ...options, instance: 'comes-back' });
      await dies.until('both own two', () => stays.owned.size === 2 && dies.owned.size === 2);
      owned = [...dies.owned].sort();
    } finally {
      await first.kill();
    }
    const moves = [...stays.moves];
    const second = another();
    try {
      const back = second.open({ ...options, instance: 'comes-back' });
      await back.until('it owns two again', () => back.owned.size === 2);
      expect([...back.owned].sort()).toEqual(owned);
      const sent = await produce(kafka, topic, 4, 40, 'after');
      await stays.until('records of all four', () => missing(sent, [stays, back]).length === 0);
      // Heartbeats are frequent enough here that a rebalance would have reached it by now.
      expect(stays.moves).toEqual(moves);
    } finally {
      await second.kill();
    }
    await stays.close();
  },

  async cooperative({ kafka, members, name }) {
    const topic = await newTopic(kafka, name('cooperative'), 4);
    const options = { group: name('cooperative'), topics: [topic], cooperative: true };
    const one = members.open(options);
    await one.until('it owns all four', () => one.owned.size === 4);
    const two = members.open(options);
    await two.until('both own two', () => one.owned.size === 2 && two.owned.size === 2);
    const all = range(4).map((partition) => `+${topic}/${partition}`);
    const moved = [...two.owned].map((place) => `-${place}`);
    expect([...one.moves].sort()).toEqual([...all, ...moved].sort());
    expect([...two.moves].sort()).toEqual([...two.owned].map((place) => `+${place}`).sort());
    await one.close();
    await two.until('it owns all four', () => two.owned.size === 4);
    expect([...two.moves].sort()).toEqual(all);
    await two.close();
  },

  async pattern({ kafka, members, name }) {
    const prefix = name('pattern');
    const first = await newTopic(kafka, `${prefix}-first`, 1);
    const member = members.open({ group: name('pattern'), pattern: `^${prefix}-.*` });
    await member.until('it owns the first', () => member.owned.has(`${first}/0`));
    const second = await newTopic(kafka, `${prefix}-second`, 1);
    await member.until('it owns both', () => member.owned.has(`${first}/0`) && member.owned.has(`${second}/0`));
    const sent = await produce(kafka, second, 1, 3, 'value');
    await member.until('its records', () => missing(sent, [member]).length === 0);
    await member.close();
  },

  async later({ kafka, members, name }) {
    const topic = name('later');
    const there = await newTopic(kafka, `${topic}-there`, 1);
    const member = members.open({ group: name('later'), topics: [there, topic] });
    await member.until('it owns what is there', () => member.owned.has(`${there}/0`));
    await newTopic(kafka, topic, 1);
    await member.until('it owns the topic', () => member.owned.has(`${topic}/0`));
    const sent = await produce(kafka, topic, 1, 3, 'value');
    await member.until('its records', () => missing(sent, [member]).length === 0);
    await member.close();
  },
};

export interface GroupClient {
  readonly name: string;
  readonly program: () => Program;
  /** What the client itself does not offer; every other claim is run. */
  readonly lacks?: Partial<Record<Claim | 'metadata', string>>;
}

export function claimGroups(engine: EngineUnderTest, clients: readonly GroupClient[]): void {
  const outcomes = new Map<string, Outcome>();
  let overRestarts: ReadonlyMap<GroupClient, Outcome> = new Map();

  beforeAll(async () => {
    const kafka = new Kafka({ clientId: 'claims', brokers: [engine.bootstrap], logLevel: logLevel.NOTHING });
    await Promise.all(clients.map((client) => runClaims(kafka, client, outcomes)));
    overRestarts = await goOnOverRestarts(engine, clients);
  }, TIMEOUT_MS);

  describe.each(clients.map((client) => [client.name, client] as const))('%s', (_name, client) => {
    test.each(claimsOf(client).map((claim) => [GROUP_CLAIMS[claim], claim] as const))('%s', (_what, claim) =>
      expectRight(outcomes.get(`${client.name} ${claim}`)),
    );

    test(RESTART_CLAIM, () => expectRight(overRestarts.get(client)));
  });
}

const claimsOf = ({ lacks }: GroupClient): readonly Claim[] =>
  (Object.keys(GROUP_CLAIMS) as Claim[]).filter((claim) => lacks?.[claim] === undefined);

function expectRight(outcome: Outcome | undefined): void {
  if (outcome === undefined) throw new Error('it was not run');
  if (outcome !== 'right') throw outcome;
}

async function runClaims(kafka: Kafka, client: GroupClient, outcomes: Map<string, Outcome>): Promise<void> {
  const started: MemberProgram[] = [];
  const another = (): MemberProgram => {
    const members = startMembers(client.program());
    started.push(members);
    return members;
  };
  const run = randomUUID().slice(0, 8);
  const bench: Bench = {
    kafka,
    members: another(),
    another,
    name: (what) => `${what}-${run}`,
    lacksMetadata: client.lacks?.metadata !== undefined,
  };
  try {
    await Promise.all(
      claimsOf(client).map(async (claim) =>
        outcomes.set(`${client.name} ${claim}`, await outcomeOf(WORK[claim](bench))),
      ),
    );
  } finally {
    await Promise.all(started.map((members) => members.stop()));
  }
}

async function committed(kafka: Kafka, groupId: string, topic: string): Promise<object | undefined> {
  const [offsets] = await withAdmin(kafka, (admin) => admin.fetchOffsets({ groupId, topics: [topic] }));
  const [found] = offsets?.partitions ?? [];
  // librdkafka sends a string with the NUL that ends it.
  return found === undefined ? undefined : { ...found, metadata: found.metadata?.replace(/\0$/, '') };
}

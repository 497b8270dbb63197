/**
 * Members over restarts of their gateway. The gateway is one, so the members of all clients meet the same restarts together; a client that
 * fails on the way leaves the others to go on.
 */
import { randomUUID } from 'node:crypto';
import { Kafka, logLevel } from 'kafkajs';
import type { Program } from './checks';
import { consoleShows } from './console';
import type { EngineUnderTest } from './engines';
import { type GroupMember, type MemberProgram, startMembers } from './group-members';
import { expectTheBytes, missing, newTopic, type Outcome, outcomeOf, produce, range, type Sent } from './group-records';

export const RESTART_CLAIM =
  'members go on over a gateway that is killed, and over one that is stopped while they wait for each other; every record comes';

const PARTITIONS = 4;

/** One client's group: two members here and there, a third one that joins here. */
class RestartedGroup {
  readonly #engine: EngineUnderTest;
  readonly #here: MemberProgram;
  readonly #there: MemberProgram;
  readonly #name = `restart-${randomUUID().slice(0, 8)}`;
  readonly #members: GroupMember[] = [];
  readonly #sent: Sent[] = [];

  constructor(engine: EngineUnderTest, program: () => Program) {
    this.#engine = engine;
    this.#here = startMembers(program());
    this.#there = startMembers(program());
  }

  async begin(): Promise<void> {
    await newTopic(this.#kafka, this.#name, PARTITIONS);
    const one = this.#join(this.#here);
    const two = this.#join(this.#there);
    await one.until('both own two', () => one.owned.size === 2 && two.owned.size === 2);
    await this.receive('first');
  }

  /** What is sent now comes to a member. */
  async receive(word: string): Promise<void> {
    const sent = await produce(this.#kafka, this.#name, PARTITIONS, 40, word);
    this.#sent.push(...sent);
    await this.#first.until(`the records ${word}`, () => missing(sent, this.#members).length === 0);
  }

  /** Nobody's join is answered while one member does not come. */
  async waitForEachOther(): Promise<void> {
    this.#there.hang(true);
    this.#join(this.#here);
    await consoleShows(this.#engine, '/debug/inflight', new RegExp(`group\\.join[^}]*${this.#name}`));
  }

  goOn(): void {
    this.#there.hang(false);
  }

  async end(): Promise<void> {
    const all = range(PARTITIONS).map((partition) => `${this.#name}/${partition}`);
    await this.#first.until('each partition has one owner, each member a partition', () => {
      const owned = this.#members.flatMap((member) => [...member.owned]).sort();
      return owned.join() === all.join() && this.#members.every((member) => member.owned.size > 0);
    });
    expectTheBytes(this.#sent, this.#members);
    await Promise.all(this.#members.map((member) => member.close()));
  }

  async stop(): Promise<void> {
    await Promise.all([this.#here.stop(), this.#there.stop()]);
  }

  get #kafka(): Kafka {
    return new Kafka({ clientId: 'claims', brokers: [this.#engine.bootstrap], logLevel: logLevel.NOTHING });
  }

  get #first(): GroupMember {
    const [first] = this.#members;
    if (first === undefined) throw new Error('nobody has joined');
    return first;
  }

  #join(program: MemberProgram): GroupMember {
    const options = { group: this.#name, topics: [this.#name], autoCommit: true, sessionMs: 10_000 };
    const member = program.open(options);
    this.#members.push(member);
    return member;
  }
}

export async function goOnOverRestarts<Client extends { readonly program: () => Program }>(
  engine: EngineUnderTest,
  clients: readonly Client[],
): Promise<ReadonlyMap<Client, Outcome>> {
  const groups = clients.map((client) => ({ client, group: new RestartedGroup(engine, client.program) }));
  const outcomes = new Map<Client, Outcome>(clients.map((client) => [client, 'right']));
  const each = async (step: (group: RestartedGroup) => Promise<void>): Promise<void> => {
    const going = groups.filter(({ client }) => outcomes.get(client) === 'right');
    await Promise.all(going.map(async ({ client, group }) => outcomes.set(client, await outcomeOf(step(group)))));
  };
  try {
    await each((group) => group.begin());
    await engine.killAndRestartGateway();
    await each((group) => group.receive('after the kill'));
    await each((group) => group.waitForEachOther());
    await engine.stopAndRestartGateway();
    for (const { group } of groups) group.goOn();
    await each((group) => group.receive('after the stop'));
    await each((group) => group.end());
    return outcomes;
  } finally {
    await Promise.all(groups.map(({ group }) => group.stop()));
  }
}

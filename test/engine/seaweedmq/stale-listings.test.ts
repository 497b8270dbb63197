/** A listing of the filer is as old as its question: what became known since then stands when its answer comes. */
import { systemClock } from '../../../src/clock';
import { createSeaweedMqDialect } from '../../../src/engine/seaweedmq/seaweedmq-dialect';
import { DEFAULT_ENGINE_SETTINGS } from '../../../src/engine/settings';
import { createTelemetry } from '../../../src/telemetry/create-telemetry';
import type { CallContext } from '../../../src/telemetry/trace/operation';
import { toOffset, toPartitionId } from '../../../src/types';
import { startScriptedSeaweedMQ } from '../../support/scripted-seaweedmq';
import type { ScriptedSeaweedMQ } from '../../support/scripted-seaweedmq';
import { asRequest, stableRange } from '../support';

const telemetry = createTelemetry();
const P0 = toPartitionId(0);
const CONFIGS = new Map([['cleanup.policy', 'compact']]);

let mq: ScriptedSeaweedMQ;
let dialect: ReturnType<typeof createSeaweedMqDialect>;
beforeEach(async () => {
  mq = await startScriptedSeaweedMQ();
  const { instruments, log } = telemetry;
  const settings = DEFAULT_ENGINE_SETTINGS;
  const addresses = { brokers: [mq.address], masters: [], filer: mq.filer };
  dialect = createSeaweedMqDialect({
    ...addresses,
    settings,
    topicDefaults: new Map(),
    clock: systemClock,
    instruments,
    log,
  });
});
afterEach(async () => {
  await dialect.close();
  await mq.stop();
});
afterAll(() => telemetry.close());

const call = <T>(work: (context: CallContext) => Promise<T>): Promise<T> => asRequest(telemetry, work);
const made = (name: string) =>
  call((context) => dialect.createTopic({ name, partitionCount: 1, configs: CONFIGS }, context));

/** What `asked` answers whose first listing comes only after `meanwhile`, as old as it is then. */
async function overtaken<T>(
  asked: (context: CallContext) => Promise<T>,
  meanwhile: () => Promise<unknown>,
): Promise<T> {
  const begun = mq.calls.get('listEntries') ?? 0;
  let release: () => void = () => undefined;
  mq.switches.listings = new Promise((resolve) => (release = resolve));
  const answer = call(asked);
  while ((mq.calls.get('listEntries') ?? 0) === begun) await new Promise((resolve) => setImmediate(resolve));
  mq.switches.listings = undefined;
  await meanwhile();
  release();
  return answer;
}

test('a log start that moved meanwhile does not move back', async () => {
  const topic = await made('t');
  mq.append('t', 0, ...Array.from({ length: 4 }, () => ({ value: Buffer.from('v') })));
  const assignment = await call((context) => dialect.assign(topic, P0, context));
  const before = toOffset(2);
  const move = (context: CallContext) => dialect.deleteRecords({ assignment, topic, before }, context);
  await overtaken(
    (context) => dialect.listTopics(context),
    () => call(move),
  );
  const range = await call((context) => dialect.range(assignment, topic, context));
  expect(range).toEqual(stableRange(2, 4));
});

test('a topic that was made meanwhile is listed as it was made, one that was deleted is not listed', async () => {
  await made('old');
  const list = (context: CallContext) => dialect.listTopics(context);
  const listed = await overtaken(list, () => made('new'));
  expect(listed.map(({ name, configs }) => [name, [...configs]]).sort()).toEqual([
    ['new', [...CONFIGS]],
    ['old', [...CONFIGS]],
  ]);
  const left = await overtaken(list, () => call((context) => dialect.deleteTopic('old', context)));
  expect(left.map(({ name }) => name)).toEqual(['new']);
});

test('log files that were found meanwhile stay found', async () => {
  const topic = await made('t');
  const flush = (): void => {
    mq.append('t', 0, { value: Buffer.from('v') });
    mq.flush('t', 0);
  };
  const { details } = await call((context) => dialect.assign(topic, P0, context));
  const files = async (context: CallContext): Promise<number> => {
    await details.log.flushed.refresh(0, context);
    return details.log.flushed.listed.length;
  };
  flush();
  expect(await call(files)).toBe(1);
  const found = await overtaken(files, async () => {
    flush();
    expect(await call(files)).toBe(2);
  });
  expect(found).toBe(2);
});

/**
 * 2,000 tombstones and NOOPs, as a schema registry writes them, in a topic that compacts and has no other setting; a gateway that is begun
 * anew behind each 500, and read whole each time. What it told, and what a real Prometheus with the shipped rules made of all of it.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { encodeBatch } from '../../src/protocol/encode-batch';
import { ErrorCode } from '../../src/protocol/error-code';
import { startPrometheus } from '../support/prometheus';
import { readRecords } from '../support/read-records';
import { incidentsOf } from './incidents';
import { pause } from './load';
import { createTopic, get, samples, startWholeGateway, type WholeGateway } from './support';

const RULES = join(__dirname, '..', '..', 'otel', 'rules');
const TOPIC = '_schemas';
const BATCHES = 4;
const BATCH_RECORDS = 500;
/** As clients wait before they ask a partition again that is being loaded. */
const AGAIN_MS = 100;
/**
 * What a machine that is too slow is told for: gateway and engine are late, silent or begun anew slowly. Whatever else is told counts, also that
 * the engine contradicts itself: of a value that a stream brought and the log has not, for instance.
 */
const OF_SLOW_MACHINES: ReadonlySet<string> = new Set([
  ...['breaker_open', 'engine_silent', 'filer_failing'],
  ...['SeaglassGatewayDown', 'SeaglassMachineStarved', 'SeaglassEventLoopLate', 'SeaglassBreakerOpen'],
  ...['SeaglassEngineDown', 'SeaglassFilerFailing', 'SeaglassRequestErrors'],
  ...['SeaglassOperationOverdue', 'SeaglassStalls'],
]);
/** A filer that answers errors is not slow. */
const ANSWERED = 'answers errors';
const isOfSlowMachine = (name: string): boolean => OF_SLOW_MACHINES.has(name);
const NOOP = Buffer.from('{"keytype":"NOOP","magic":0}');

interface Told {
  /** Records read without an error, all readings together. */
  readonly read: number;
  readonly values: ReadonlySet<Buffer | null>;
  /** Kinds, targets and evidence, of each gateway that ran, but for those of a slow machine. */
  readonly incidents: readonly string[];
  /** Records that were told as anything but match and unknown, and values that were not expected. */
  readonly counts: Readonly<Record<string, number>>;
  /** That fired or were about to, but for those of a slow machine. */
  readonly alerts: readonly string[];
}

export async function tombstonesOn(flags: Readonly<Record<string, string>>): Promise<Told> {
  let gateway = await startWholeGateway({ flags });
  const places = { listen: `127.0.0.1:${gateway.port}`, 'console.listen': new URL(gateway.console).host };
  const rules = readdirSync(RULES).map((name) => join(RULES, name));
  const prometheus = await startPrometheus(`${gateway.console}/metrics`, { rules });
  const incidents: string[] = [];
  const counts: Record<string, number> = {};
  const values = new Set<Buffer | null>();
  let read = 0;
  const look = async (): Promise<void> => {
    // What is read was scraped, and the rules were asked, before the gateway goes: they are each second, scrapes each half.
    for (let scrapes = 0; scrapes < 4; scrapes += 2) await prometheus.scraped();
    const { current, ended } = await incidentsOf(gateway.console);
    const told = [...current, ...ended].filter(
      ({ kind, evidence }) => !isOfSlowMachine(kind) || evidence.includes(ANSWERED),
    );
    incidents.push(...told.map(({ kind, target, evidence }) => `${kind} ${target} ${evidence}`));
    const { text } = await get(`${gateway.console}/metrics`);
    for (const name of ['seaglass_value_verdicts_total', 'seaglass_unexpected_values_total'])
      for (const [labels, count] of samples(text, name))
        if (count > 0 && !/verdict="(?:match|unknown)"/.test(labels)) counts[`${name}{${labels}}`] = count;
  };
  try {
    const admin = await gateway.client('admin');
    if ((await createTopic(admin, TOPIC, { 'cleanup.policy': 'compact' })) !== ErrorCode.NONE)
      throw new Error('no topic');
    for (let batch = 1; batch <= BATCHES; batch += 1) {
      await write(gateway);
      await look();
      await gateway.close();
      gateway = await startWholeGateway({ flags: { ...flags, ...places } });
      const client = await gateway.client('registry');
      for (let offset = 0; offset < batch * BATCH_RECORDS;) {
        const { partition, records } = await client.fetch(TOPIC, offset, { maxWaitMs: 500 });
        if (partition.errorCode === ErrorCode.NOT_LEADER_OR_FOLLOWER) {
          await pause(AGAIN_MS);
          continue;
        }
        if (partition.errorCode !== ErrorCode.NONE) throw new Error(`offset ${offset}: error ${partition.errorCode}`);
        for (const record of readRecords(records)) {
          read += record.offset < offset ? 0 : 1;
          values.add(record.value === null ? null : Buffer.from(record.value));
          offset = Math.max(offset, record.offset + 1);
        }
      }
    }
    await look();
    const told = await prometheus.query('count by (alertname, alertstate) (count_over_time(ALERTS[1h]))');
    const alerts = told
      .filter(({ metric }) => !isOfSlowMachine(metric['alertname'] ?? ''))
      .map(({ metric }) => `${metric['alertname'] ?? ''} ${metric['alertstate'] ?? ''}`);
    return { read, values, incidents, counts, alerts };
  } finally {
    await prometheus.stop();
    await gateway.close();
  }
}

/** A partition that is just being loaded is told NOT_LEADER once or twice. */
async function write(gateway: WholeGateway): Promise<void> {
  const records = Array.from({ length: BATCH_RECORDS }, (_, index) => ({
    timestamp: Date.now(),
    key:
      index % 50 === 0 ? NOOP : Buffer.from(`{"keytype":"SCHEMA","subject":"subject-${index}","version":1,"magic":1}`),
    value: null,
  }));
  const client = await gateway.client('registry');
  let { errorCode } = await client.produce(TOPIC, encodeBatch(records));
  while (errorCode === ErrorCode.NOT_LEADER_OR_FOLLOWER) {
    await pause(AGAIN_MS);
    ({ errorCode } = await client.produce(TOPIC, encodeBatch(records)));
  }
  if (errorCode !== ErrorCode.NONE) throw new Error(`a produce: error ${errorCode}`);
}

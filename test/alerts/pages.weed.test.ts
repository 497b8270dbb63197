/**
 * Goal: whoever is on call is told of each trouble by its own page within 15 s, of nothing else, and told when it is over. Method: whole
 * gateways under traffic before a real SeaweedFS, a node, a disk of 16 MiB; the shipped configurations on a real Prometheus and a real
 * Alertmanager; the troubles come at the same time, each to a gateway of its own. Prints the table of otel/alerts.md.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pause } from '../e2e/load';
import { awaitTopic, batchOf } from '../e2e/support';
import { startGatewayProcess, startMain, type GatewayProcess } from '../support/gateway-process';
import { FETCH, fetchRequest, KafkaClient } from '../support/kafka-client';
import { describeWhere, describeWithProgram } from '../support/outside-program';
import { freePorts, startWeed, type Weed } from '../support/weed';
import { startAlerting, type Alerting } from './alerting';
import { type Damage, damageOnNode, damageOnWeed, readAgainAndAgain, store, STORED } from './damaged';
import { canMount, startOnSmallDisk } from './small-disk';
import { Traffic } from './traffic';

const PAGE_MS_MAX = 60_000;
const FIRES_MS_MAX = 60_000;
const OVER_MS_MAX = 120_000;
/** More than the buffers of both sockets hold. */
const UNREAD_BYTES = 40 * 1024 * 1024;
const VALUE_BYTES = 1_000_000;
const inALog = 'stored value lost (log file of SeaweedFS)';
const inAFile = 'stored value altered (segment file of the node)';
const FETCH_VERSION = 12;

interface Row {
  readonly trouble: string;
  readonly alert: string;
  readonly firedMs: number;
  readonly overMs: number;
}

interface Trouble {
  readonly trouble: string;
  readonly instance: string;
  readonly alert: string;
  readonly target?: string;
  begin(): unknown;
  end(): unknown;
}

const closing: (() => unknown)[] = [];
const rows: Row[] = [];
let alerting: Alerting;

/** From the trouble to the notification of it, and from its end to that of the end; the latter is waited for by whoever was answered. */
async function told({ trouble, instance, alert, target, begin, end }: Trouble): Promise<() => Promise<void>> {
  const startedMs = performance.now();
  await begin();
  const notified = (status: string, sinceMs: number, deadlineMs: number) =>
    alerting.notified(
      ({ labels, atMs, ...notification }) =>
        notification.status === status &&
        atMs > sinceMs &&
        labels['instance'] === instance &&
        labels['alertname'] === alert &&
        (target === undefined || labels['target'] === target),
      deadlineMs,
    );
  const fired = await notified('firing', startedMs, FIRES_MS_MAX);
  const endedMs = performance.now();
  await end();
  return async () => {
    const over = await notified('resolved', fired.atMs, OVER_MS_MAX);
    rows.push({ trouble, alert, firedMs: fired.atMs - startedMs, overMs: over.atMs - endedMs });
  };
}

const seen = async (trouble: Trouble): Promise<void> => (await told(trouble))();

interface Started {
  readonly environment?: Readonly<Record<string, string>>;
  /** What a broker has acked and not flushed is lost with it, which would be a trouble of its own. */
  readonly writes?: boolean;
  readonly dataDirectory?: string;
}

async function start(flags: readonly string[], { environment = {}, writes = true, dataDirectory }: Started = {}) {
  const directory = dataDirectory === undefined ? {} : { dataDirectory };
  const gateway = await startGatewayProcess({ flags: [...flags, '--log-level', 'warn'], environment, ...directory });
  closing.push(() => gateway.child.kill());
  closing.push(() => rmSync(gateway.dataDirectory, { recursive: true, force: true }));
  await busy(gateway, writes);
  return gateway;
}

async function busy(gateway: Pick<GatewayProcess, 'bootstrap'>, writes = true): Promise<void> {
  const admin = await clientOf(gateway, 'admin');
  await awaitTopic(admin, 'orders');
  await admin.close();
  const traffic = new Traffic(gateway.bootstrap, { writes });
  closing.push(() => traffic.stop());
}

async function smallDisk() {
  const started = await startOnSmallDisk();
  closing.push(() => started.stop());
  await busy(started);
  return started;
}

const clientOf = (gateway: Pick<GatewayProcess, 'bootstrap'>, clientId: string): Promise<KafkaClient> =>
  KafkaClient.connect(Number(gateway.bootstrap.split(':')[1]), clientId);

/** A gateway that has read nothing yet of records that another one stored. */
async function startOnStored(flags: readonly string[]) {
  const before = await startGatewayProcess({ flags });
  await store(before);
  await before.stop({ keepData: true });
  return start(flags, { dataDirectory: before.dataDirectory });
}

/** Damaged, and read; mended, and read again. */
function damaged(
  told: Pick<Trouble, 'trouble' | 'instance' | 'alert'>,
  gateway: GatewayProcess,
  { damage, mend }: Damage,
): Trouble {
  return {
    ...{ ...told, target: `${STORED}-0` },
    async begin() {
      await damage();
      closing.push(readAgainAndAgain(gateway));
    },
    end: mend,
  };
}

async function weed(options: Parameters<typeof startWeed>[0] = { filerApart: true }): Promise<Weed> {
  const started = await startWeed(options);
  closing.push(() => started.stop());
  return started;
}

/** Of its gRPC service: host:port of `host:port.grpcport`. */
const filerAddress = ({ filer }: Weed): string => filer.replace(/:\d+\./, ':');

const flagsOf = ({ broker, master, filer }: Weed): string[] => [
  ...['--engine', 'seaweedmq', '--brokers', broker.address, '--masters', master, '--filer', filer],
];

async function startNodeProcess() {
  const data = mkdtempSync(join(tmpdir(), 'seaglass-alerts-'));
  const [port = 0] = await freePorts(1);
  const address = `127.0.0.1:${port}`;
  const child = startMain(['node', '--node-listen', address, '--data', data]);
  closing.push(async () => {
    await child.kill();
    rmSync(data, { recursive: true, force: true });
  });
  await child.printed(/^ *address +(\S+)$/m);
  return { child, address };
}

/** Asks, one request behind the other, for more than the sockets hold, and reads nothing. */
async function deafClient(gateway: GatewayProcess): Promise<KafkaClient> {
  const writer = await clientOf(gateway, 'writer');
  await awaitTopic(writer, 'backlog');
  await writer.produce('backlog', batchOf(Buffer.alloc(VALUE_BYTES, 1)));
  await writer.close();
  const deaf = await clientOf(gateway, 'deaf-svc');
  closing.push(() => deaf.close());
  deaf.socket.pause();
  for (let bytes = 0; bytes < UNREAD_BYTES; bytes += VALUE_BYTES)
    deaf.send(FETCH, fetchRequest('backlog', 0), FETCH_VERSION);
  return deaf;
}

const programs: readonly (readonly [string, string])[] = [
  ['weed', 'SEAGLASS_TEST_WEED'],
  ['prometheus', 'SEAGLASS_TEST_PROMETHEUS'],
];
const whole = describeWhere(canMount(), 'this machine does not let a process mount a tmpfs of its own');
const describeWithAll = programs.reduce(
  (described, [name, variable]) => (described === describe ? describeWithProgram(name, variable) : described),
  whole === describe ? describeWithProgram('prometheus-alertmanager', 'SEAGLASS_TEST_ALERTMANAGER') : whole,
);

describeWithAll('a real Prometheus and Alertmanager', () => {
  beforeAll(async () => {
    const [stopped, killed, withStored, node] = await Promise.all([
      weed(),
      weed(),
      weed({ flushSeconds: 1 }),
      startNodeProcess(),
    ]);
    const preload = { NODE_OPTIONS: `--require ${join(__dirname, '..', 'support', 'block-on-signal.cjs')}` };
    const [onStopped, onKilled, onDamaged, onNode, blocked, calm, onFile, disk] = await Promise.all([
      start(flagsOf(stopped)),
      start(flagsOf(killed), { writes: false }),
      startOnStored(flagsOf(withStored)),
      start(['--node-connect', node.address]),
      start([], { environment: preload }),
      start([]),
      startOnStored([]),
      smallDisk(),
    ]);
    const onWeed = { 'weed-1': onStopped, 'weed-2': onKilled, 'weed-3': onDamaged };
    const instances = { ...onWeed, node: onNode, blocked, calm, file: onFile, disk };
    const [inLog, inFile] = [await damageOnWeed(withStored), damageOnNode(onFile)];
    alerting = await startAlerting(
      new Map(Object.entries(instances).map(([name, gateway]) => [name, gateway.console.replace('http://', '')])),
    );
    closing.push(() => alerting.stop());
    // A trouble is a change of what was well before.
    while ((await alerting.query('seaglass_engine_up == 1')).length < 4) await pause(500);

    const { broker, filerProcess } = stopped;
    if (filerProcess === undefined) throw new Error('a filer of its own was asked for');
    const down = { instance: 'weed-1', alert: 'SeaglassEngineDown' };
    const outcomes = await Promise.allSettled([
      (async () => {
        const brokerOver = await told({
          ...down,
          trouble: 'broker stopped (SIGSTOP)',
          target: broker.address,
          begin: () => broker.process.signal('SIGSTOP'),
          end: () => broker.process.signal('SIGCONT'),
        });
        const filerOver = await told({
          ...down,
          trouble: 'filer stopped (SIGSTOP)',
          target: filerAddress(stopped),
          begin: () => filerProcess.process.signal('SIGSTOP'),
          end: () => filerProcess.process.signal('SIGCONT'),
        });
        await Promise.all([brokerOver(), filerOver()]);
      })(),
      seen({
        trouble: 'broker killed',
        instance: 'weed-2',
        alert: 'SeaglassEngineDown',
        target: killed.broker.address,
        begin: () => killed.broker.process.kill(),
        end: () => killed.broker.restart(),
      }),
      seen({
        trouble: 'node stopped (SIGSTOP)',
        instance: 'node',
        alert: 'SeaglassEngineDown',
        target: node.address,
        begin: () => node.child.signal('SIGSTOP'),
        end: () => node.child.signal('SIGCONT'),
      }),
      seen({
        trouble: 'disk full',
        instance: 'disk',
        alert: 'SeaglassDiskFull',
        begin: () => disk.fill(),
        end: () => disk.makeRoom(),
      }),
      seen(damaged({ trouble: inALog, instance: 'weed-3', alert: 'SeaglassRecordsLost' }, onDamaged, inLog)),
      seen(damaged({ trouble: inAFile, instance: 'file', alert: 'SeaglassDamagedRange' }, onFile, inFile)),
      seen({
        trouble: 'event loop blocked for 4 s',
        instance: 'blocked',
        alert: 'SeaglassEventLoopLate',
        begin: () => blocked.child.signal('SIGUSR2'),
        end: () => undefined,
      }),
      (async () => {
        const startedMs = performance.now();
        const deaf = await deafClient(calm);
        const fired = await alerting.notified(({ labels }) => labels['client'] === 'deaf-svc', FIRES_MS_MAX);
        const endedMs = performance.now();
        deaf.socket.resume();
        while ((await alerting.query('ALERTS{client="deaf-svc", alertstate="firing"}')).length > 0) await pause(500);
        const { alertname = '' } = fired.labels;
        rows.push({
          trouble: 'client that does not read',
          alert: alertname,
          firedMs: fired.atMs - startedMs,
          overMs: performance.now() - endedMs,
        });
      })(),
    ]);
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }, 280_000);

  afterAll(async () => {
    const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
    const lines = rows.map(
      ({ trouble, alert, firedMs, overMs }) => `| ${trouble} | ${alert} | ${seconds(firedMs)} | ${seconds(overMs)} |`,
    );
    process.stdout.write(`| trouble | alert | told after | told to be over after |\n${lines.join('\n')}\n`);
    for (const close of closing.reverse()) await close();
  }, 180_000);

  test('each trouble is told by its page within 15 s', () => {
    const pages = rows.filter(({ alert }) => alert !== 'SeaglassClientNotReading');
    expect(pages.map(({ trouble }) => trouble).sort()).toEqual([
      'broker killed',
      'broker stopped (SIGSTOP)',
      'disk full',
      'event loop blocked for 4 s',
      'filer stopped (SIGSTOP)',
      'node stopped (SIGSTOP)',
      inAFile,
      inALog,
    ]);
    expect(pages.filter(({ firedMs }) => firedMs > PAGE_MS_MAX)).toEqual([]);
  });

  test('a client that does not read is a ticket with its name, and no page', () => {
    expect(rows.map(({ alert }) => alert)).toContain('SeaglassClientNotReading');
  });

  test('nobody is paged for anything else', () => {
    const pages = alerting.notifications
      .filter(({ receiver, status }) => receiver === 'pages' && status === 'firing')
      .map(({ labels }) => `${labels['instance'] ?? ''} ${labels['alertname'] ?? ''}`);
    expect([...new Set(pages)].sort()).toEqual([
      'blocked SeaglassEventLoopLate',
      'disk SeaglassDiskFull',
      'file SeaglassDamagedRange',
      'node SeaglassEngineDown',
      'weed-1 SeaglassEngineDown',
      'weed-2 SeaglassEngineDown',
      'weed-3 SeaglassRecordsLost',
    ]);
  });
});

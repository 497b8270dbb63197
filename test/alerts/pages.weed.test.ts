/**
 * Goal: whoever is on call is told of each trouble by its own page within 15 s, of nothing else, and told when it is over. Method: whole
 * gateways under traffic before a real SeaweedFS, a scripted one, a node, a disk of 16 MiB; the shipped configurations on a real Prometheus and
 * a real Alertmanager; the troubles come at the same time, to gateways of their own. Prints the table of otel/alerts.md.
 */
import { join } from 'node:path';
import { pause } from '../e2e/load';
import type { GatewayProcess } from '../support/gateway-process';
import { expectWithin } from '../support/measured';
import { describeWhere, describeWithProgram } from '../support/outside-program';
import { canMount } from '../support/own-disk';
import { type Alerting, type Notification, startAlerting } from './alerting';
import { type Damage, damageOnNode, damageOnWeed, readAgainAndAgain, STORED } from './damaged';
import {
  closeAll,
  closeLater,
  deafClient,
  filerAddress,
  flagsOf,
  smallDisk,
  start,
  startMortal,
  startNodeProcess,
  startOnStored,
  weed,
  write,
} from './gateways';
import {
  acksNothing,
  failingCalls,
  standsStill,
  startScripted,
  takesNothing,
  UNACKED,
  UNWRITTEN,
  unwritten,
} from './scripted';
import { ToldTroubles, type Trouble } from './told';

const PAGE_MS_MAX = 15_000;
/** A ticket waits 30 s for others of its gateway. */
const TICKET_MS_MAX = 75_000;
/** A breaker is open for a minute before it is one. */
const BREAKER_MS_MAX = 60_000 + TICKET_MS_MAX;
/** Two of a broker's flushes are waited for, half a minute at least. */
const UNWRITTEN_MS_MAX = 60_000;
/** The net below the causes: the ratio is that of 30 s. */
const NET_MS_MAX = 30_000;
const inALog = 'stored value lost (log file of SeaweedFS)';
const inAFile = 'stored value altered (segment file of the node)';
const forgotten = 'acked records lost by a broker that was killed';
const deafness = 'client that does not read';
const DEAF = 'deaf-svc';
const STUCK = 'billing';
/** True where they come, and no doing of ours: a busy machine, and how SeaweedFS may read behind an outage. */
const OF_OTHERS = new Set(['SeaglassMachineStarved', 'SeaglassEngineContradicts']);

let alerting: Alerting;
let told: ToldTroubles;
let deafTicket: Notification;

/** Damaged, and read; mended, and read again. */
function damaged(
  named: Pick<Trouble, 'trouble' | 'instance' | 'alert'>,
  gateway: GatewayProcess,
  { damage, mend }: Damage,
): Trouble {
  return {
    ...{ ...named, target: `${STORED}-0`, fails: 'Fetch' },
    async begin() {
      await damage();
      closeLater(readAgainAndAgain(gateway));
    },
    end: mend,
  };
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
      // What was acked within so long is lost with the broker; one that took half a minute would be told not to write.
      weed({ flushSeconds: 20 }),
      weed({ flushSeconds: 1 }),
      startNodeProcess(),
    ]);
    const preload = { NODE_OPTIONS: `--require ${join(__dirname, '..', 'support', 'block-on-signal.cjs')}` };
    const [onStopped, onKilled, onDamaged, onNode, blocked, calm, onFile, disk, mortal, scripted, refusing, mute] =
      await Promise.all([
        start(flagsOf(stopped)),
        start(flagsOf(killed)),
        startOnStored(flagsOf(withStored)),
        start(['--node-connect', node.address]),
        start([], { environment: preload }),
        start(['--groups-stuck-after-ms', '5000']),
        startOnStored([]),
        smallDisk(),
        startMortal(),
        startScripted(),
        startScripted(),
        startScripted(),
      ]);
    const onWeed = { 'weed-1': onStopped, 'weed-2': onKilled, 'weed-3': onDamaged };
    const onScripted = {
      'scripted-1': scripted.gateway,
      'scripted-2': refusing.gateway,
      'scripted-3': mute.gateway,
    };
    const instances = { ...onWeed, ...onScripted, node: onNode, blocked, calm, file: onFile, disk, mortal };
    const [inLog, inFile] = [await damageOnWeed(withStored), damageOnNode(onFile)];
    alerting = await startAlerting(
      new Map(Object.entries(instances).map(([name, gateway]) => [name, gateway.console.replace('http://', '')])),
    );
    closeLater(() => alerting.stop());
    told = new ToldTroubles(alerting);
    // A trouble is a change of what was well before.
    while ((await alerting.query('seaglass_engine_up == 1')).length < 6) await pause(500);
    while ((await alerting.query('up{instance="mortal"} == 1')).length < 1) await pause(500);

    const { broker, filerProcess } = stopped;
    if (filerProcess === undefined) throw new Error('a filer of its own was asked for');
    const down = { instance: 'weed-1', alert: 'SeaglassEngineDown' };
    const outcomes = await Promise.allSettled([
      (async () => {
        const brokerOver = await told.fired({
          ...{ ...down, fails: 'Fetch' },
          trouble: 'broker stopped (SIGSTOP)',
          target: broker.address,
          begin: () => broker.process.signal('SIGSTOP'),
          end: () => broker.process.signal('SIGCONT'),
        });
        const filerOver = await told.fired({
          ...down,
          // Not until its requests are seen to fail: its brokers end their connections behind an unanswered ping of 20 s, and of that it may die.
          trouble: 'filer stopped (SIGSTOP)',
          target: filerAddress(stopped),
          begin: () => filerProcess.process.signal('SIGSTOP'),
          end: () => filerProcess.process.signal('SIGCONT'),
        });
        await Promise.all([brokerOver(), filerOver()]);
      })(),
      (async () => {
        const lost = { trouble: forgotten, instance: 'weed-2', alert: 'SeaglassRecordsLost' };
        const over = await told.fired({
          ...{ trouble: 'broker killed, producers under way', instance: 'weed-2', alert: 'SeaglassEngineDown' },
          ...{ target: killed.broker.address, fails: 'Produce' },
          // What was acked a moment ago is beyond doubt not stored yet.
          async begin() {
            await write(onKilled, 100);
            await killed.broker.process.kill();
          },
          end: () => killed.broker.restart(),
        });
        const backMs = performance.now();
        const fired = await told.notified(lost, 'firing', backMs);
        await Promise.all([over(), told.over(lost, { startedMs: backMs, fired, endedMs: backMs })]);
      })(),
      told.seen({
        trouble: 'node stopped (SIGSTOP)',
        instance: 'node',
        alert: 'SeaglassEngineDown',
        target: node.address,
        fails: 'Produce',
        begin: () => node.child.signal('SIGSTOP'),
        end: () => node.child.signal('SIGCONT'),
      }),
      told.seen({
        trouble: 'disk full',
        instance: 'disk',
        alert: 'SeaglassDiskFull',
        fails: 'Produce',
        begin: () => disk.fill(),
        end: () => disk.makeRoom(),
      }),
      told.seen(damaged({ trouble: inALog, instance: 'weed-3', alert: 'SeaglassRecordsLost' }, onDamaged, inLog)),
      told.seen(damaged({ trouble: inAFile, instance: 'file', alert: 'SeaglassDamagedRange' }, onFile, inFile)),
      told.seen({
        trouble: 'event loop blocked for 4 s',
        instance: 'blocked',
        alert: 'SeaglassEventLoopLate',
        begin: () => blocked.child.signal('SIGUSR2'),
        end: () => undefined,
      }),
      told.seen({
        trouble: 'gateway killed',
        instance: 'mortal',
        alert: 'SeaglassGatewayDown',
        begin: () => mortal.kill(),
        end: () => mortal.again(),
      }),
      (async () => {
        const named = { trouble: deafness, instance: 'calm', alert: 'SeaglassClientNotReading', target: DEAF };
        const startedMs = performance.now();
        const deaf = await deafClient(calm, DEAF);
        const fired = await told.notified(named, 'firing', startedMs);
        deafTicket = fired;
        deaf.socket.resume();
        await told.over(named, { startedMs, fired, endedMs: performance.now() });
      })(),
      told.seen(takesNothing('scripted-1', scripted)),
      told.seen(unwritten('scripted-2', refusing)),
      told.seen(acksNothing('scripted-3', mute)),
      told.seen(failingCalls('scripted-2', refusing)),
      told.seen(standsStill('calm', calm, STUCK)),
    ]);
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  }, 400_000);

  afterAll(async () => {
    process.stdout.write(told.table());
    await closeAll();
  }, 180_000);

  test('each trouble is told by its page within 15 s, and told to be over', () => {
    const pages = told.rows.filter(({ receiver }) => receiver === 'pages');
    expect(pages.map(({ trouble }) => trouble).sort()).toEqual([
      forgotten,
      'broker killed, producers under way',
      'broker stopped (SIGSTOP)',
      UNWRITTEN,
      UNACKED,
      'disk full',
      'event loop blocked for 4 s',
      'filer stopped (SIGSTOP)',
      'filer that takes no entry',
      'gateway killed',
      'node stopped (SIGSTOP)',
      inAFile,
      inALog,
    ]);
    const msMax = (trouble: string): number => (trouble === UNWRITTEN ? UNWRITTEN_MS_MAX : PAGE_MS_MAX);
    expect(pages.filter(({ trouble, firedMs }) => firedMs > msMax(trouble))).toEqual([]);
  });

  test('requests that fail would have paged alone, silenced where the cause is told', () => {
    const caught = told.rows.flatMap(({ trouble, netMs }) => (netMs === undefined ? [] : [{ trouble, netMs }]));
    expect(caught).toHaveLength(8);
    for (const { trouble, netMs } of caught) expectWithin(`failed requests: ${trouble}`, netMs, NET_MS_MAX);
  });

  test.each([
    [deafness, 'SeaglassClientNotReading', TICKET_MS_MAX],
    ['group that stands still', 'SeaglassGroupStuck', TICKET_MS_MAX],
    ['calls of one kind that fail', 'SeaglassBreakerOpen', BREAKER_MS_MAX],
  ])('a %s is a ticket, told to be over, and no page', (trouble, alert, msMax) => {
    const tickets = told.rows.filter((row) => row.trouble === trouble);
    expect(tickets).toMatchObject([{ receiver: 'tickets', alert }]);
    expect(tickets.filter(({ firedMs }) => firedMs > msMax)).toEqual([]);
  });

  test('the ticket of a client that does not read has its name and what it has not read', () => {
    const { annotations } = deafTicket;
    expect(annotations['summary']).toBe(`The client ${DEAF} does not read`);
    expect(annotations['description']).toMatch(/Unread: [\d.]+([kM]i)?B at 127\.0\.0\.1/);
  });

  test('whatever is lost or damaged is told of its partition, and of no topic beside it', () => {
    const told = alerting.notifications.filter(({ labels }) =>
      /RecordsLost|DamagedRange/.test(labels['alertname'] ?? ''),
    );
    const targets = new Set(told.map(({ labels }) => `${labels['instance'] ?? ''} ${labels['target'] ?? ''}`));
    expect([...targets].filter((target) => !/-\d+$/.test(target))).toEqual([]);
    expect(targets.size).toBe(3);
  });

  test('nobody is told of anything else, while it lasts or behind it', () => {
    const tellings = alerting.notifications
      .filter(({ status, labels }) => status === 'firing' && !OF_OTHERS.has(labels['alertname'] ?? ''))
      .map(({ receiver, labels }) => `${receiver}: ${labels['instance'] ?? ''} ${labels['alertname'] ?? ''}`);
    expect([...new Set(tellings)].sort()).toEqual([
      'pages: blocked SeaglassEventLoopLate',
      'pages: disk SeaglassDiskFull',
      'pages: file SeaglassDamagedRange',
      'pages: mortal SeaglassGatewayDown',
      'pages: node SeaglassEngineDown',
      'pages: scripted-1 SeaglassFilerFailing',
      'pages: scripted-2 SeaglassNotFlushing',
      'pages: scripted-3 SeaglassPublisherNotAcked',
      'pages: weed-1 SeaglassEngineDown',
      'pages: weed-2 SeaglassEngineDown',
      'pages: weed-2 SeaglassRecordsLost',
      'pages: weed-3 SeaglassRecordsLost',
      'tickets: calm SeaglassClientNotReading',
      'tickets: calm SeaglassGroupStuck',
      'tickets: scripted-2 SeaglassBreakerOpen',
    ]);
  });
});

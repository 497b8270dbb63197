/**
 * `npm run calm -- [--minutes N] [--engine embedded|seaweedmq]`: calm looks calm. Ordinary traffic against gateways as users run them, on a node
 * and before a real SeaweedFS where there is one; ends with 1 where an incident opened, a stall was told, a line was logged as a warning, a
 * verdict was none of match and unknown, or /readyz was not ready.
 */
import { parseArgs } from 'node:util';
import { pause } from '../e2e/load';
import { get, samples } from '../e2e/support';
import { startGatewayProcess, type GatewayProcess } from '../support/gateway-process';
import { findProgram } from '../support/outside-program';
import { startWeed } from '../support/weed';
import { calmTraffic } from './traffic';

const LOOK_MS = 5_000;
const HARMLESS = new Set(['verdict="match"', 'verdict="unknown"']);

const { values } = parseArgs({ options: { minutes: { type: 'string' }, engine: { type: 'string' } } });
const forMs = Number(values.minutes ?? 10) * 60_000;

interface Told {
  readonly sentence: string;
}

async function watched(name: string, gateway: GatewayProcess): Promise<readonly string[]> {
  const untilMs = performance.now() + forMs;
  const ended = new AbortController();
  const troubles: string[] = [];
  const traffic = calmTraffic(Number(gateway.bootstrap.split(':')[1]), ended.signal).catch((error: unknown) => {
    if (!ended.signal.aborted) troubles.push(`traffic: ${String(error)}`);
  });
  let looks = 0;
  while (performance.now() < untilMs) {
    await pause(LOOK_MS);
    looks += 1;
    const ready = await get(`${gateway.console}/readyz`);
    if (ready.status !== 200) troubles.push(`not ready: ${ready.text.trim()}`);
  }
  troubles.push(...(await toldOf(gateway)));
  const { text } = await get(`${gateway.console}/metrics`);
  const requests = sum(text, 'seaglass_request_duration_seconds_count');
  process.stdout.write(`${name}: ${requests} requests, ${looks} looks, ${troubles.length} troubles\n`);
  ended.abort();
  await gateway.stop();
  await traffic;
  return troubles.map((trouble) => `${name}: ${trouble}`);
}

async function toldOf(gateway: GatewayProcess): Promise<readonly string[]> {
  const page = JSON.parse((await get(`${gateway.console}/api/incidents`)).text) as Record<'current' | 'ended', Told[]>;
  const { text } = await get(`${gateway.console}/metrics`);
  const stalls = sum(text, 'seaglass_stalls_total');
  const wrong = [...samples(text, 'seaglass_value_verdicts_total')].filter(
    ([labels, count]) =>
      count > 0 && !HARMLESS.has(labels.split(',').find((label) => label.startsWith('verdict')) ?? ''),
  );
  return [
    ...[...page.current, ...page.ended].map(({ sentence }) => sentence),
    ...(stalls === 0 ? [] : [`${stalls} stalls`]),
    ...wrong.map(([labels, count]) => `${count} values with ${labels}`),
    ...gateway.child
      .output()
      .split('\n')
      .filter((line) => /"level":"(warn|error)"/.test(line)),
  ];
}

const sum = (text: string, name: string): number =>
  [...samples(text, name).values()].reduce((all, one) => all + one, 0);

async function main(): Promise<void> {
  const runs: Promise<readonly string[]>[] = [];
  const closing: (() => unknown)[] = [];
  if (values.engine !== 'seaweedmq') runs.push(watched('embedded', await startGatewayProcess()));
  if (values.engine !== 'embedded' && findProgram('weed', 'SEAGLASS_TEST_WEED') !== undefined) {
    const weed = await startWeed();
    closing.push(() => weed.stop());
    const flags = ['--engine', 'seaweedmq', '--brokers', weed.broker.address, '--filer', weed.filer];
    runs.push(watched('seaweedmq', await startGatewayProcess({ flags })));
  }
  const troubles = (await Promise.all(runs)).flat();
  for (const close of closing) await close();
  process.stdout.write(troubles.length === 0 ? 'CALM\n' : `${troubles.join('\n')}\nNOT CALM\n`);
  process.exitCode = troubles.length === 0 ? 0 : 1;
}

void main();

/**
 * `seaglass demo`: a gateway with an embedded node on free ports, a small producer and consumer, and two drills, each followed by where
 * it shows. Afterwards it stays for a while to be looked at. What it stored is removed when it ends, by itself or by a signal.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Clock, systemClock } from '../../clock';
import { loadConfig } from '../../config';
import { formatAddress } from '../../config/address';
import { type Gateway, startGateway } from '../../gateway';
import { listenForStop } from '../stop-signal';
import { version } from '../version';
import { type DemoPlace, walk } from './walk';

export interface DemoFlags {
  /** How long it stays behind the drills, ms. */
  readonly stay: number;
  /** Loopback addresses, host:port; port 0 is a free one. */
  readonly listen: string;
  readonly consoleListen: string;
}

/** Closing the gateway may take this long; then the process ends anyhow. */
const STOP_MS_MAX = 10_000;

export async function demo(flags: DemoFlags): Promise<number> {
  const stop = listenForStop();
  const data = mkdtempSync(join(tmpdir(), 'seaglass-demo-'));
  const remove = (): void => rmSync(data, { recursive: true, force: true });
  // A second ctrl-C ends the process at once.
  process.once('exit', remove);
  try {
    const gateway = await startGateway(configOf(flags, data), { version });
    return await untilOver(gateway, { ...flags, stopped: stop.received, clock: systemClock });
  } finally {
    remove();
    say(`The data in ${data} is removed.`);
    stop.dispose();
  }
}

function configOf({ listen, consoleListen }: DemoFlags, data: string): ReturnType<typeof loadConfig> {
  const settings = {
    ...{ engine: 'embedded', listen, 'console.listen': consoleListen, data, 'drills.enabled': 'true' },
    // Incidents are written as errors; what led to them is in the console.
    'log.level': 'error',
  };
  return loadConfig({ flags: new Map(Object.entries(settings)) });
}

interface Stay extends Pick<DemoFlags, 'stay'> {
  readonly stopped: Promise<NodeJS.Signals>;
  readonly clock: Clock;
}

async function untilOver(gateway: Gateway, { stay, stopped, clock }: Stay): Promise<number> {
  const ended = new AbortController();
  const walked = walk(placeOf(gateway, stay), ended.signal).catch(asError);
  const why = await Promise.race([walked, stopped, gateway.failed]).finally(() => ended.abort());
  const exitCode = why instanceof Error ? 1 : 0;
  if (why instanceof Error) process.stderr.write(`seaglass: ${why.message}\n`);
  else say('The demo ends.');
  const timer = clock.after(STOP_MS_MAX, () => process.exit(exitCode));
  // A drill ends before its gateway, so that nothing hangs while that closes.
  await walked;
  await gateway.close();
  timer.cancel();
  return exitCode;
}

function placeOf({ listeners, consoleAddress }: Gateway, stayMs: number): DemoPlace {
  const [{ advertisedHost, advertisedPort } = { advertisedHost: '127.0.0.1', advertisedPort: 0 }] = listeners;
  return {
    bootstrap: formatAddress({ host: advertisedHost, port: advertisedPort }),
    console: `http://${formatAddress(consoleAddress)}`,
    stayMs,
    clock: systemClock,
    say,
  };
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Gateways that were started for drills, and drills run on them as the command line does. */
import { ConsoleClient } from '../../src/cli/console-client';
import { systemClock } from '../../src/clock';
import type { DrillName } from '../../src/drills/drill-list';
import { type DrillOutcome, runDrill, type RunOptions } from '../../src/drills/run/run-drill';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startWholeGateway, type WholeGateway } from '../e2e/support';

export interface DrilledGateway extends WholeGateway {
  /** Runs one to its end; what it said is in `said`. */
  run(drill: DrillName, options?: Partial<RunOptions>): Promise<DrillOutcome & { readonly said: readonly string[] }>;
}

/** A scripted SeaweedMQ writes what it holds, as the real one does: what is acked for long and not written is told. */
export const FLUSHING = { flushEveryMs: 5_000 } as const;

/** On the embedded node, unless the flags name another engine. */
export async function startDrilledGateway(flags: Readonly<Record<string, string>> = {}): Promise<DrilledGateway> {
  const data = mkdtempSync(join(tmpdir(), 'seaglass-drill-'));
  const start = (more: Readonly<Record<string, string>> = {}): Promise<WholeGateway> =>
    startWholeGateway({ flags: { 'drills.enabled': 'true', data, ...flags, ...more } });
  let gateway = await start();
  const restart = async (): Promise<void> => {
    const { port, console } = gateway;
    await gateway.close();
    gateway = await start({ listen: `127.0.0.1:${port}`, 'console.listen': new URL(console).host });
  };
  return {
    ...gateway,
    async run(drill, options = {}) {
      const said: string[] = [];
      const outcome = await runDrill({
        ...{
          drill,
          console: new ConsoleClient({ url: gateway.console }),
          forMs: 25_000,
          clock: systemClock,
          say: (line) => void said.push(line),
          restart,
        },
        ...options,
      });
      return { ...outcome, said };
    },
    async close() {
      await gateway.close();
      rmSync(data, { recursive: true, force: true });
    },
  };
}

/** POST /api/drills. */
export async function post(
  console: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = { 'content-type': 'application/json' },
): Promise<{ readonly status: number; readonly text: string }> {
  const sent = { method: 'POST', headers: { ...headers, connection: 'close' }, body: JSON.stringify(body) };
  const answer = await fetch(`${console}/api/drills`, sent);
  return { status: answer.status, text: await answer.text() };
}

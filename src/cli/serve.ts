/** `seaglass serve`: a gateway until a signal stops it. */
import { systemClock } from '../clock';
import type { Config } from '../config';
import { startGateway } from '../gateway';
import { listenForStop } from './stop-signal';
import { version } from './version';

/** What a drain and the closing of the engine may take together; then the process ends anyhow. */
const STOP_MS_MAX = 10_000;

export async function serve(config: Config): Promise<number> {
  const stop = listenForStop();
  const starting = startGateway(config, { version });
  // A signal while it starts stops it as soon as there is something to stop.
  const gateway = await starting;
  process.stdout.write(`${summary(gateway.summary)}\n`);

  const why = await Promise.race([stop.received, gateway.failed]);
  const exitCode = why instanceof Error ? 1 : 0;
  const timer = systemClock.after(STOP_MS_MAX, () => process.exit(exitCode));
  await gateway.close();
  timer.cancel();
  stop.dispose();
  if (why instanceof Error) process.stderr.write(`seaglass: ${why.message}\n`);
  return exitCode;
}

/** Names to values, one a line; scripts read `bootstrap` and `console` from it. */
function summary(lines: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(...lines.map(([name]) => name.length));
  return [`seaglass ${version} is ready`, ...lines.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`)].join(
    '\n',
  );
}

/**
 * The gateway as users run it: dist/main.js in a child process, on free ports and its own data directory. Its addresses are
 * those it prints.
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Child, startChild } from './child';

const MAIN = join(__dirname, '..', '..', 'dist', 'main.js');

export interface GatewayProcess {
  /** host:port for Kafka clients, as printed. */
  readonly bootstrap: string;
  /** http://host:port of the console, as printed. */
  readonly console: string;
  readonly dataDirectory: string;
  readonly child: Child;
  /** From the start of the process to its ready line, ms. */
  readonly readyMs: number;
  /** SIGTERM; resolves with the exit code once it ended, and removes the data directory unless `keepData`. */
  stop(options?: { readonly keepData?: boolean }): Promise<number | undefined>;
}

export interface GatewayProcessOptions {
  readonly flags?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  /** A directory of an earlier gateway; default a fresh one. */
  readonly dataDirectory?: string;
}

/** Arguments of a gateway that disturbs nobody: free ports, own data. */
export function startMain(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Child {
  if (!existsSync(MAIN)) throw new Error('dist/main.js is missing: npm run build');
  return startChild(process.execPath, [MAIN, ...args], { directory: tmpdir(), environment });
}

export async function startGatewayProcess(options: GatewayProcessOptions = {}): Promise<GatewayProcess> {
  const dataDirectory = options.dataDirectory ?? mkdtempSync(join(tmpdir(), 'seaglass-'));
  const begun = performance.now();
  const child = startMain(
    [
      ...['serve', '--listen', '127.0.0.1:0', '--console-listen', '127.0.0.1:0', '--data', dataDirectory],
      ...(options.flags ?? []),
    ],
    options.environment,
  );
  try {
    const bootstrap = await child.printed(/^ *bootstrap +(\S+)$/m);
    const consoleUrl = await child.printed(/^ *console +(http\S+)/m);
    return {
      bootstrap: bootstrap[1] ?? '',
      console: consoleUrl[1] ?? '',
      dataDirectory,
      child,
      readyMs: performance.now() - begun,
      async stop({ keepData = false } = {}) {
        await child.stop(60_000);
        if (!keepData) rmSync(dataDirectory, { recursive: true, force: true });
        return child.exitCode;
      },
    };
  } catch (error) {
    await child.kill();
    throw error;
  }
}

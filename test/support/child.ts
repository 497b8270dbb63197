/**
 * A child process that cannot outlive the tests: a guard waits on a pipe that only this process holds, and ends the child
 * and what it started when the pipe closes, whatever ended us. Stop, continue, kill and waiting for the exit.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';

export interface Child {
  readonly pid: number;
  readonly exited: Promise<void>;
  /** It has exited and all its output was read. */
  readonly closed: Promise<void>;
  /** Undefined while it runs and where a signal ended it. */
  readonly exitCode: number | undefined;
  readonly running: boolean;
  /** The last lines of its output, for failure messages. */
  output(): string;
  /** Writes to its standard input; only where it was started with `input: true`. */
  write(text: string): void;
  /** The first match in its output, as soon as it is there; rejects on exit or after `deadlineMs`, two minutes unless given, with the output. */
  printed(pattern: RegExp, deadlineMs?: number): Promise<RegExpExecArray>;
  /** Resolves when the signal was sent; SIGSTOP and SIGCONT included. */
  signal(name: NodeJS.Signals): void;
  /** SIGTERM, and SIGKILL where it takes longer than `graceMs`; resolves on exit. */
  stop(graceMs?: number): Promise<void>;
  /** SIGKILL; resolves on exit. */
  kill(): Promise<void>;
}

const PRINTED_MS_MAX = 120_000;
const OUTPUT_CHARACTERS_MAX = 64 * 1024;

export function startChild(
  command: string,
  parameters: readonly string[],
  options: {
    readonly directory: string;
    readonly environment?: NodeJS.ProcessEnv;
    /** Keeps its standard input open for `write`. */
    readonly input?: boolean;
    /** Called with everything it prints, as it comes. */
    readonly onOutput?: (text: Buffer) => void;
  },
): Child {
  const child = spawn(command, parameters, {
    cwd: options.directory,
    env: { ...process.env, ...options.environment },
    stdio: [options.input === true ? 'pipe' : 'ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const { stdin, stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error('a child without output');
  // A child that has ended takes nothing more; whoever waits for its answer sees that it ended.
  stdin?.on('error', () => undefined);
  const guard = startGuard(child);
  let output = '';
  const watchers = new Set<() => void>();
  const notify = (): void => {
    for (const watcher of [...watchers]) watcher();
  };
  const keep = (text: Buffer): void => {
    output = (output + text.toString('utf8')).slice(-OUTPUT_CHARACTERS_MAX);
    options.onOutput?.(text);
    notify();
  };
  stdout.on('data', keep);
  stderr.on('data', keep);
  let running = true;
  const exited = new Promise<void>((resolve) => {
    const end = (): void => {
      running = false;
      guard?.kill('SIGKILL');
      resolve();
      notify();
    };
    child.once('error', (error) => {
      output += String(error);
      end();
    });
    child.once('exit', end);
  });
  const closed = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    child.once('error', () => resolve());
  });
  const signal = (name: NodeJS.Signals): void => {
    if (running && child.pid !== undefined) process.kill(child.pid, name);
  };
  return {
    pid: child.pid ?? -1,
    exited,
    closed,
    get running() {
      return running;
    },
    get exitCode() {
      return child.exitCode ?? undefined;
    },
    output: () => output,
    write: (text) => {
      if (stdin === null) throw new Error(`${command} was started without input`);
      stdin.write(text);
    },
    printed: (pattern, deadlineMs = PRINTED_MS_MAX) =>
      new Promise((resolve, reject) => {
        const settle = (action: () => void): void => {
          clearTimeout(late);
          watchers.delete(look);
          action();
        };
        const fail = (why: string): void =>
          settle(() => reject(new Error(`${command}: ${String(pattern)} was not printed: ${why}\n${output}`)));
        const late = setTimeout(() => fail(`waited ${deadlineMs} ms`), deadlineMs);
        const look = (): void => {
          const match = pattern.exec(output);
          if (match !== null) settle(() => resolve(match));
          else if (!running) fail('it ended');
        };
        watchers.add(look);
        look();
      }),
    signal,
    async stop(graceMs = 5_000) {
      signal('SIGCONT');
      signal('SIGTERM');
      const late = setTimeout(() => signal('SIGKILL'), graceMs);
      await exited;
      clearTimeout(late);
    },
    async kill() {
      signal('SIGKILL');
      await exited;
    },
  };
}

function startGuard(child: ChildProcess): ChildProcess | undefined {
  if (child.pid === undefined) return undefined;
  // The child leads a process group of its own.
  const guard = spawn('sh', ['-c', `cat >/dev/null; kill -s KILL -- -${child.pid}`], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  guard.unref();
  guard.once('error', () => child.kill('SIGKILL'));
  return guard;
}

/**
 * Registers schemas in a registry, verifies them, verifies them after a restart of the registry, deletes them. By hand:
 *
 *     node -r ./test/support/register.cjs test/registry/register-schemas.ts --registry http://127.0.0.1:8081
 *
 * `--count 10 --count 200` are the sizes of the runs; `--restart COMMAND` restarts the registry, else it asks you to.
 * Exit code 1: something went wrong, and what.
 */
import { execFileSync } from 'node:child_process';
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { checkRegistry } from './check-registry';

const { values } = parseArgs({
  options: {
    registry: { type: 'string' },
    count: { type: 'string', multiple: true, default: ['10', '200'] },
    restart: { type: 'string' },
  },
});

async function restart(): Promise<void> {
  if (values.restart !== undefined) {
    execFileSync('sh', ['-c', values.restart], { stdio: 'inherit' });
    return;
  }
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  await terminal.question('Restart the registry now, then press Enter. ');
  terminal.close();
}

async function main(): Promise<number> {
  const counts = values.count.map(Number);
  if (values.registry === undefined || counts.some((count) => !Number.isInteger(count) || count < 1)) {
    process.stderr.write('usage: register-schemas --registry URL [--count N]... [--restart COMMAND]\n');
    return 2;
  }
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const failures = await checkRegistry({ registry: values.registry, counts, restart, say });
  for (const failure of failures) process.stderr.write(`${failure}\n`);
  return failures.length === 0 ? 0 : 1;
}

void main().then((code) => {
  process.exitCode = code;
});

/**
 * Goal: Kafka's own kafka-acls works whole, and `seaglass acl` beside it. Method: the tool in its own JVM and the program as people run it,
 * against one gateway; what they print is what an operator would read.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startWholeGateway, type WholeGateway } from '../e2e/support';
import { makeHome } from '../kafka-group/running-gateway';
import { javaNeeds, tool } from '../clients/java';

const MAIN = join(__dirname, '..', '..', 'dist', 'main.js');
const TIMEOUT_MS = 180_000;
const run = promisify(execFile);

let gateway: WholeGateway;
const home = makeHome();

beforeAll(async () => {
  gateway = await startWholeGateway({
    flags: {
      data: home.dataDirectory,
      'authorizer.class-name': 'standard',
      'authorizer.super-users': 'User:ANONYMOUS',
    },
  });
});
afterAll(async () => {
  await gateway.close();
  home.remove();
});

const bootstrap = (): string => `127.0.0.1:${gateway.port}`;
/** What it printed, and its exit code where it failed. */
const seaglass = (...parameters: readonly string[]): Promise<string> =>
  run(process.execPath, [MAIN, 'acl', ...parameters]).then(
    ({ stdout }) => stdout,
    (error: unknown) => {
      const { code, stderr } = error as { readonly code: number; readonly stderr: string };
      return `exit ${code}: ${stderr}`;
    },
  );
const of = (...parameters: readonly string[]): readonly string[] => [...parameters, '--bootstrap', bootstrap()];

const missing = javaNeeds.filter(({ found }) => !found).map(({ what }) => what);
const testWithTools = missing.length === 0 ? test : test.skip;
if (missing.length > 0) process.stderr.write(`SKIPPED kafka-acls: it needs ${missing.join(' and ')}\n`);

testWithTools(
  'kafka-acls adds, lists and removes, with prefixes, denials, hosts and its conveniences',
  async () => {
    const acls = (...parameters: readonly string[]): Promise<string> =>
      tool('org.apache.kafka.tools.AclCommand', ['--bootstrap-server', bootstrap(), ...parameters]);
    const producer = await acls('--add', '--allow-principal', 'User:alice', '--producer', '--topic', 'orders');
    for (const operation of ['WRITE', 'DESCRIBE', 'CREATE']) {
      expect(producer).toContain(`(principal=User:alice, host=*, operation=${operation}, permissionType=ALLOW)`);
    }
    const consumer = ['--consumer', '--topic', 'ord', '--group', 'readers', '--resource-pattern-type', 'prefixed'];
    expect(await acls('--add', '--allow-principal', 'User:bob', ...consumer)).toContain(
      'ResourcePattern(resourceType=GROUP, name=readers, patternType=PREFIXED)',
    );
    const denial = ['--deny-principal', 'User:eve', '--deny-host', '192.0.2.7', '--operation', 'All', '--cluster'];
    expect(await acls('--add', ...denial)).toContain(
      '(principal=User:eve, host=192.0.2.7, operation=ALL, permissionType=DENY)',
    );
    const matching = await acls('--list', '--topic', 'orders', '--resource-pattern-type', 'match');
    expect(matching).toContain('ResourcePattern(resourceType=TOPIC, name=orders, patternType=LITERAL)');
    expect(matching).toContain('ResourcePattern(resourceType=TOPIC, name=ord, patternType=PREFIXED)');

    await acls('--remove', '--force', ...denial);
    await acls('--remove', '--force', '--topic', 'ord', '--resource-pattern-type', 'prefixed');
    const left = await acls('--list');
    expect(left).toContain('User:alice');
    expect(left).toContain('name=readers');
    expect(left).not.toMatch(/User:eve|name=ord,/);
    expect(await seaglass('remove', ...of('--all'))).toMatch(/^(removed .*\n){4}$/);
  },
  TIMEOUT_MS,
);

test(
  'seaglass acl adds, lists and removes, and says what is missing',
  async () => {
    expect(
      await seaglass('add', ...of('--allow', 'User:alice', '--operation', 'read,describe-configs', '--topic', 'a,b')),
    ).toBe(
      [
        'added    ALLOW User:alice READ on TOPIC LITERAL a from *',
        'added    ALLOW User:alice DESCRIBE_CONFIGS on TOPIC LITERAL a from *',
        'added    ALLOW User:alice READ on TOPIC LITERAL b from *',
        'added    ALLOW User:alice DESCRIBE_CONFIGS on TOPIC LITERAL b from *',
        '',
      ].join('\n'),
    );
    const consumer = ['--consumer', '--topic', 'a', '--group', 'g', '--prefixed', '--host', '192.0.2.7'];
    expect(await seaglass('add', ...of('--deny', 'User:CN=bob,O=shop', ...consumer))).toContain(
      'DENY User:CN=bob,O=shop READ on GROUP PREFIXED g from 192.0.2.7',
    );
    expect(await seaglass('list', ...of('--principal', 'User:alice', '--topic', 'b', '--operation', 'read'))).toBe(
      'ALLOW User:alice READ on TOPIC LITERAL b from *\n',
    );
    expect(await seaglass('remove', ...of())).toMatch(/^exit 2: seaglass: which\?/);
    expect(await seaglass('add', ...of('--allow', 'alice', '--operation', 'read', '--topic', 'a'))).toMatch(
      /^exit 2: .*write its type before its name, as User:alice/,
    );
    expect(await seaglass('add', ...of('--allow', 'User:alice', '--operation', 'peek', '--topic', 'a'))).toMatch(
      /^exit 2: .*peek is no operation/,
    );
    expect(await seaglass('add', ...of('--allow', 'User:alice', '--operation', 'read', '--topic', ''))).toMatch(
      /^exit 1: .*INVALID_REQUEST: Invalid empty resource name/,
    );
    expect(await seaglass('remove', ...of('--principal', 'User:CN=bob,O=shop'))).toMatch(/^(removed .*\n){3}$/);
    expect(await seaglass('remove', ...of('--all'))).toMatch(/^(removed .*\n){4}$/);
    expect(await seaglass('list', ...of())).toBe('');
  },
  TIMEOUT_MS,
);

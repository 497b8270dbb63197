/**
 * What an import of many ACLs costs: one request of so many entries, the same in requests of one, and all of them deleted by one filter,
 * over the Kafka port of a whole gateway with its own node. `node -r ./test/support/register.cjs test/bench/acls.ts [entries]`
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Acl } from '../../src/kafka/security/acl';
import { countAcls, createAcls, deleteAllAcls } from '../acl/acl-client';
import { startWholeGateway } from '../e2e/support';

const [entries = 5_000] = process.argv.slice(2).map(Number);

const aclOf = (index: number): Acl => ({
  ...{ resourceType: 'TOPIC', resourceName: `topic-${index % 500}`, patternType: 'LITERAL' },
  ...{ principal: `User:service-${index}`, host: '*', operation: 'READ', permission: 'ALLOW' },
});
const acls = Array.from({ length: entries }, (_, index) => aclOf(index));

async function measured(what: string, work: () => Promise<void>): Promise<void> {
  const [begun, cpu] = [performance.now(), process.cpuUsage()];
  await work();
  const { user, system } = process.cpuUsage(cpu);
  const seconds = (performance.now() - begun) / 1_000;
  console.log(`${what}: ${seconds.toFixed(2)} s, ${((user + system) / 1e6).toFixed(2)} s of CPU (node included)`);
}

async function main(): Promise<void> {
  const data = mkdtempSync(join(tmpdir(), 'seaglass-bench-acls-'));
  const gateway = await startWholeGateway({
    flags: {
      data,
      'authorizer.class-name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'authorizer.super-users': 'User:ANONYMOUS',
    },
  });
  const client = await gateway.client('importer');
  try {
    await measured(`${entries} entries in one request`, () => createAcls(client, acls));
    if ((await countAcls(client)) !== entries) throw new Error('not all are there');
    await measured(`${entries} entries deleted by one filter`, () => deleteAllAcls(client));
    await measured(`${entries} entries in requests of one`, async () => {
      for (const acl of acls) await createAcls(client, [acl]);
    });
    await deleteAllAcls(client);
    if ((await countAcls(client)) !== 0) throw new Error('some are left');
  } finally {
    await gateway.close();
    rmSync(data, { recursive: true, force: true });
  }
}

void main();

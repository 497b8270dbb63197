/**
 * Goal: what is denied is in the trail with the right that was wanting and the entry that said so; what is allowed, with the entry that
 * allowed it. Method: a whole gateway with an authorizer, a raw client, and the file that its settings name.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ErrorCode } from '../../src/protocol/error-code';
import * as acls from '../../src/protocol/generated/create-acls';
import * as topicsGone from '../../src/protocol/generated/delete-topics';
import { batchOf, createTopic, get, samples, startWholeGateway } from '../e2e/support';
import { auditFileLines, type AuditLine } from '../support/audit-lines';

const TIMEOUT_MS = 180_000;
const TOPIC = 2;
const PREFIXED = 4;
const WRITE = 4;
const DENY = 2;

const directory = mkdtempSync(join(tmpdir(), 'seaglass-audit-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test(
  'an entry that denies, and what allowed the rest',
  async () => {
    const file = join(directory, 'audit.jsonl');
    const gateway = await startWholeGateway({
      flags: {
        data: join(directory, 'data'),
        'authorizer.class-name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
        'authorizer.allow-everyone-if-no-acl-found': 'true',
        'audit.file': file,
        'audit.reads-and-writes': 'all',
      },
    });
    try {
      const client = await gateway.client();
      await createTopic(client, 'orders', {});
      expect((await client.produce('orders', batchOf('value'))).errorCode).toBe(ErrorCode.NONE);
      await client.fetch('orders', 0);
      const entry = acls.createAclCreation({
        ...{ resourceType: TOPIC, resourceName: 'ord', resourcePatternType: PREFIXED },
        ...{ principal: 'User:ANONYMOUS', host: '*', operation: WRITE, permissionType: DENY },
      });
      const codec = {
        facts: acls.createAclsApi,
        write: acls.writeCreateAclsRequest,
        read: acls.readCreateAclsResponse,
      };
      await client.call(codec, acls.createCreateAclsRequest({ creations: [entry] }));
      for (let times = 0; times < 3; times++) {
        const { errorCode } = await client.produce('orders', batchOf('value'));
        expect(errorCode).toBe(ErrorCode.TOPIC_AUTHORIZATION_FAILED);
      }
      const { text } = await get(`${gateway.console}/metrics`);
      expect([...samples(text, 'seaglass_denied_total').values()]).toEqual([3]);
      const gone = {
        facts: topicsGone.deleteTopicsApi,
        write: topicsGone.writeDeleteTopicsRequest,
        read: topicsGone.readDeleteTopicsResponse,
      };
      // For the cluster there is no entry, and who may delete of it may delete every topic.
      const topics = [topicsGone.createDeleteTopicState({ name: 'orders' })];
      await client.call(gone, topicsGone.createDeleteTopicsRequest({ topics, timeoutMs: 10_000 }));
    } finally {
      await gateway.close();
    }
    const entry = 'DENY User:ANONYMOUS WRITE on TOPIC PREFIXED ord from *';
    const none = 'no ACL found';
    const denied = { event: 'audit.request_denied', api: 'Produce', resource_name: 'orders', rule: entry };
    expect(auditFileLines(file).map(shown)).toEqual([
      { event: 'audit.topic_created', api: 'CreateTopics', resource_name: 'orders', rule: none },
      { event: 'audit.acl_created', api: 'CreateAcls', resource_name: 'ord', rule: none },
      denied,
      { event: 'audit.topic_deleted', api: 'DeleteTopics', resource_name: 'orders', rule: none },
      // Put together, and told by the stop.
      { event: 'audit.topic_written', api: 'Produce', resource_name: 'orders', rule: none, count: 1 },
      { event: 'audit.topic_read', api: 'Fetch', resource_name: 'orders', rule: none, count: 1 },
      { ...denied, count: 2 },
    ]);
    const told = auditFileLines(file).filter(({ event }) => event === 'audit.request_denied');
    expect(told[0]).toMatchObject({
      verdict: 'denied',
      error: 'TOPIC_AUTHORIZATION_FAILED',
      detail: 'operation=WRITE',
    });
  },
  TIMEOUT_MS,
);

const shown = ({ event, api, resource_name, rule, count }: AuditLine): AuditLine => ({
  ...{ event, api, resource_name, rule },
  ...(count === undefined ? {} : { count }),
});

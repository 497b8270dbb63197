/**
 * Goal: what an operator does by a real AdminClient or Kafka's tools is in the audit trail, and what a consumer does for itself is not.
 * Method: java/AdminChecks.java and kafka-consumer-groups against dist/main.js with an audit file.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { API_AUDITS } from '../audit-trail/api-audits';
import { auditFileLines, type AuditLine } from '../support/audit-lines';
import { startGatewayProcess } from '../support/gateway-process';
import { describeWhere } from '../support/outside-program';
import { run } from './checks';
import { compile, javaCommand, javaNeeds, tool } from './java';

const missing = javaNeeds.filter(({ found }) => !found).map(({ what }) => what);
const TIMEOUT_MS = 240_000;

describeWhere(missing.length === 0, `an audited AdminClient needs ${missing.join(', ')}`)('an audited operator', () => {
  const directory = mkdtempSync(join(tmpdir(), 'seaglass-admin-audit-'));
  const file = join(directory, 'audit.jsonl');
  let lines: readonly AuditLine[] = [];

  beforeAll(async () => {
    const gateway = await startGatewayProcess({ flags: ['--audit-file', file] });
    const program = compile('AdminChecks');
    try {
      await run(javaCommand, [...program.parameters, gateway.bootstrap]);
      const server = ['--bootstrap-server', gateway.bootstrap];
      await tool('org.apache.kafka.tools.TopicCommand', [...server, '--create', '--topic', 'reset']);
      await tool('org.apache.kafka.tools.consumer.group.ConsumerGroupCommand', [
        ...[...server, '--group', 'by-the-tool', '--topic', 'reset', '--reset-offsets', '--to-earliest', '--execute'],
      ]);
    } finally {
      program.remove();
      // What waits is written before it ends.
      await gateway.stop();
    }
    lines = auditFileLines(file);
  }, TIMEOUT_MS);
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const ofKind = (kind: string): readonly AuditLine[] => lines.filter(({ event }) => event === `audit.${kind}`);

  test('each API made events of its row alone', () => {
    const made = new Set(lines.map(({ api, event }) => `${String(api)} ${String(event).replace('audit.', '')}`));
    const known = Object.entries(API_AUDITS).flatMap(([name, { events }]) => events.map((kind) => `${name} ${kind}`));
    expect([...made].filter((each) => !known.includes(each))).toEqual([]);
    expect(made.size).toBeGreaterThan(8);
  });

  test('offsets that were set are told, and what members committed is not', () => {
    const told = ofKind('offsets_reset');
    expect(told).toContainEqual(
      expect.objectContaining({ resource_name: 'by-the-tool', detail: 'reset 0@0', verdict: 'allowed' }),
    );
    expect(told.every(({ client_id: id }) => id !== 'the-member')).toBe(true);
  });

  test('a member that was taken out, by its id or its instance id, is told once', () => {
    const removed = ofKind('member_removed').map(({ detail, verdict }) => `${String(verdict)} ${String(detail)}`);
    expect(removed).toHaveLength(3);
    const reason = 'reason=member was removed by an admin';
    expect(removed).toContainEqual(
      expect.stringMatching(new RegExp(`^allowed member=\\S+ client=the-member .*${reason}`)),
    );
    expect(removed).toContainEqual(expect.stringMatching(new RegExp(`^failed instance=another ${reason}`)));
    expect(removed).toContainEqual(expect.stringMatching(new RegExp(`^allowed member=\\S+ instance=one .*${reason}`)));
  });
});

/** The claims of incident.ts on the embedded node and on a scripted SeaweedMQ. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startNode } from '../../src/node/start';
import { startScriptedSeaweedMQ } from '../support/scripted-seaweedmq';
import { incident } from './incident';
import { startWholeGateway } from './support';

const closing: (() => unknown)[] = [];
afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

incident('the embedded node', {
  againForMs: 0,
  start: async ({ flags, ...options }) => {
    const dataDirectory = mkdtempSync(join(tmpdir(), 'seaglass-e2e-'));
    closing.push(() => rmSync(dataDirectory, { recursive: true, force: true }));
    const node = await startNode({ dataDirectory, tcp: '127.0.0.1:0' });
    closing.push(() => node.close());
    return startWholeGateway({ flags: { ...flags, 'node.connect': node.address }, ...options });
  },
});

incident('a scripted SeaweedMQ', {
  againForMs: 0,
  start: async ({ flags, ...options }) => {
    const mq = await startScriptedSeaweedMQ();
    closing.push(() => mq.stop());
    mq.switches.sameKeyGating = true;
    const engine = { engine: 'seaweedmq', brokers: mq.address, filer: mq.filer };
    return startWholeGateway({ flags: { ...flags, ...engine }, ...options });
  },
});

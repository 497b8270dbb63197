/** The claims of replay.ts on the embedded node and on a scripted SeaweedMQ, each behind a whole gateway. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startNode } from '../../src/node/start';
import { startScriptedSeaweedMQ } from '../support/scripted-seaweedmq';
import { replay } from './replay';
import { startWholeGateway, type WholeGateway } from './support';

const gateways: Record<string, WholeGateway> = {};
const closing: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'seaglass-e2e-'));
  closing.push(() => Promise.resolve(rmSync(dataDirectory, { recursive: true, force: true })));
  const node = await startNode({ dataDirectory, tcp: '127.0.0.1:0' });
  closing.push(() => node.close());
  const embedded = await startWholeGateway({ flags: { 'node.connect': node.address } });
  closing.push(() => embedded.close());
  const mq = await startScriptedSeaweedMQ();
  closing.push(() => mq.stop());
  mq.switches.sameKeyGating = true;
  const seaweed = await startWholeGateway({ flags: { engine: 'seaweedmq', brokers: mq.address, filer: mq.filer } });
  closing.push(() => seaweed.close());
  Object.assign(gateways, { embedded, seaweed });
}, 180_000);
afterAll(async () => {
  for (const close of closing.reverse()) await close();
});

const of = (name: string) => (): WholeGateway => {
  const gateway = gateways[name];
  if (gateway === undefined) throw new Error(`no gateway ${name}`);
  return gateway;
};

replay('the embedded node', { gateway: of('embedded'), wakeMsMax: 20 });
replay('a scripted SeaweedMQ', { gateway: of('seaweed'), wakeMsMax: 20 });

/** The claims of round-trip.ts on the embedded node and on a scripted SeaweedMQ, each behind the real program. */
import { startGatewayProcess, type GatewayProcess } from '../support/gateway-process';
import { startScriptedSeaweedMQ, type ScriptedSeaweedMQ } from '../support/scripted-seaweedmq';
import { roundTrips } from './round-trip';

const gateways: Record<string, GatewayProcess> = {};
let mq: ScriptedSeaweedMQ;

beforeAll(async () => {
  gateways['embedded'] = await startGatewayProcess();
  mq = await startScriptedSeaweedMQ();
  const flags = ['--engine', 'seaweedmq', '--brokers', mq.address, '--filer', mq.filer];
  gateways['scripted'] = await startGatewayProcess({ flags });
}, 180_000);
afterAll(async () => {
  for (const gateway of Object.values(gateways)) expect(await gateway.stop()).toBe(0);
  await mq.stop();
}, 180_000);

const portOf = (name: string) => (): number => Number(gateways[name]?.bootstrap.split(':')[1]);

roundTrips('the embedded node', { port: portOf('embedded'), runs: 60, keeps: 'batches' });
roundTrips('a scripted SeaweedMQ', {
  port: portOf('scripted'),
  runs: 60,
  keeps: 'records',
  flush: (topic) => Promise.resolve(mq.flush(topic, 0)),
});

/** Committed offsets outlast the embedded node that stores them being stopped and killed. It runs as a process of its own. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Child } from '../support/child';
import { startGatewayProcess, startMain } from '../support/gateway-process';
import type { GatewayProcess } from '../support/gateway-process';
import { freePorts } from '../support/weed';
import { committedThroughOutages } from './offset-outages';

const TIMEOUT_MS = 180_000;

describe('a node that stores committed offsets', () => {
  const data = mkdtempSync(join(tmpdir(), 'offset-outages-'));
  let address: string;
  let node: Child;
  let gateway: GatewayProcess;

  const startNode = async (): Promise<void> => {
    node = startMain(['node', '--node-listen', address, '--data', data]);
    await node.printed(/seaglass node is ready/);
  };

  beforeAll(async () => {
    const [port = 0] = await freePorts(1);
    address = `127.0.0.1:${port}`;
    await startNode();
    gateway = await startGatewayProcess({ flags: ['--node-connect', address, '--deadlines-call-ms', '1000'] });
  }, TIMEOUT_MS);
  afterAll(async () => {
    await gateway.stop();
    await node.kill();
    rmSync(data, { recursive: true, force: true });
  }, TIMEOUT_MS);

  test(
    'loses no acked commit and steps none back when it is stopped and killed, and clients go on by themselves',
    () =>
      committedThroughOutages(Number(gateway.bootstrap.split(':')[1]), {
        get process() {
          return node;
        },
        restart: startNode,
      }),
    TIMEOUT_MS,
  );
});

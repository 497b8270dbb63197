/** A Kafka port over the embedded node, in this process, with groups that do not wait for more members; it can be started again. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { systemClock } from '../../src/clock';
import { createEngine } from '../../src/engine/create-engine';
import { createRecordLogDialect } from '../../src/engine/record-log/record-log-dialect';
import { DEFAULT_ENGINE_SETTINGS } from '../../src/engine/settings';
import { apis } from '../../src/kafka/api';
import { createServices } from '../../src/kafka/create-services';
import { createGroups } from '../../src/kafka/group/create-groups';
import type { GroupCoordinator } from '../../src/kafka/group/group-coordinator';
import { DEFAULT_GROUP_SETTINGS } from '../../src/kafka/group/group-settings';
import { DEFAULT_LIMITS } from '../../src/limits';
import { startNode } from '../../src/node/start';
import { bindListener } from '../../src/server/listener';
import { createTelemetry } from '../../src/telemetry/create-telemetry';
import { SETTINGS } from '../kafka-admin/handlers';

export interface RunningGateway {
  readonly bootstrap: string;
  readonly groups: GroupCoordinator;
  stop(): Promise<void>;
}

export interface GatewayHome {
  readonly dataDirectory: string;
  remove(): void;
}

export function makeHome(): GatewayHome {
  const dataDirectory = mkdtempSync(path.join(tmpdir(), 'groups-'));
  return { dataDirectory, remove: () => rmSync(dataDirectory, { recursive: true, force: true }) };
}

export async function startGatewayIn(home: GatewayHome, port = 0): Promise<RunningGateway> {
  const clock = systemClock;
  const node = await startNode({ dataDirectory: home.dataDirectory });
  const telemetry = createTelemetry();
  const listener = await bindListener({ host: '127.0.0.1', port, limits: DEFAULT_LIMITS, clock, telemetry });
  const dialect = createRecordLogDialect({
    address: node.address,
    ackMeaning: 'written',
    settings: DEFAULT_ENGINE_SETTINGS,
    clock,
    instruments: telemetry.instruments,
  });
  const engine = createEngine({ kind: 'embedded', dialect, telemetry });
  const settings = { ...DEFAULT_GROUP_SETTINGS, initialRebalanceDelayMs: 0 };
  const groups = createGroups({ engine, telemetry, clock, settings });
  const identity = {
    brokerId: 1,
    clusterId: 'cluster',
    advertisedHost: '127.0.0.1',
    advertisedPort: listener.address.port,
  };
  listener.serve(apis, createServices({ engine, telemetry, clock, identity, settings: SETTINGS, groups }));
  return {
    bootstrap: `127.0.0.1:${listener.address.port}`,
    groups,
    async stop() {
      await listener.close();
      await groups.close();
      await engine.close();
      await node.close();
      telemetry.close();
    },
  };
}

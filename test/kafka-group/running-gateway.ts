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
import { createGroups } from '../../src/kafka/groups/create-groups';
import type { GroupCoordinator } from '../../src/kafka/groups/classic/group-coordinator';
import { DEFAULT_GROUP_SETTINGS } from '../../src/kafka/groups/classic/group-settings';
import { DEFAULT_LIMITS } from '../../src/limits';
import { startNode } from '../../src/node/start';
import { soleBroker } from '../../src/kafka/cluster/sole-broker';
import { decodedApis } from '../../src/server/decoded-api';
import { Listeners } from '../../src/server/listeners';
import { createTelemetry } from '../../src/telemetry/create-telemetry';
import { SETTINGS } from '../kafka-admin/handlers';
import { ON_LOOPBACK } from '../support/gateway';
import { PATIENT } from '../support/patient';

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
  const listeners = new Listeners({ limits: DEFAULT_LIMITS, clock, telemetry });
  const listener = await listeners.bind({ ...ON_LOOPBACK, port });
  const engineSettings = { ...DEFAULT_ENGINE_SETTINGS, ...PATIENT };
  const dialect = createRecordLogDialect({
    address: node.address,
    ackMeaning: 'written',
    settings: engineSettings,
    clock,
    instruments: telemetry.instruments,
  });
  const engine = createEngine({ kind: 'embedded', dialect, telemetry, settings: engineSettings });
  const settings = { ...DEFAULT_GROUP_SETTINGS, initialRebalanceDelayMs: 0 };
  const groups = createGroups({ engine, telemetry, clock, settings });
  const cluster = soleBroker('cluster', listeners.bound);
  const services = createServices({ engine, telemetry, clock, cluster, settings: SETTINGS, groups });
  listeners.serve(decodedApis(apis, services), clock);
  return {
    bootstrap: `127.0.0.1:${listener.port}`,
    groups,
    async stop() {
      await listeners.close();
      await groups.close();
      await engine.close();
      await node.close();
      telemetry.close();
    },
  };
}

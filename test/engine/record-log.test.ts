/** The engine contract over the embedded node, started in this thread on a unix socket. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { systemClock } from '../../src/clock';
import { createEngine } from '../../src/engine/create-engine';
import { createRecordLogDialect } from '../../src/engine/record-log/record-log-dialect';
import { DEFAULT_ENGINE_SETTINGS } from '../../src/engine/settings';
import { startNode } from '../../src/node/start';
import { createTelemetry } from '../../src/telemetry/create-telemetry';
import { engineContract } from './contract';
import { PATIENT } from '../support/patient';

/** The contract is about bytes, not about time: a loaded machine may take long. Deadlines have suites of their own. */
const settings = { ...DEFAULT_ENGINE_SETTINGS, ...PATIENT };

const start = async () => {
  const dataDirectory = mkdtempSync(path.join(tmpdir(), 'engine-'));
  const node = await startNode({ dataDirectory });
  const telemetry = createTelemetry();
  const dialect = createRecordLogDialect({
    address: node.address,
    ackMeaning: 'written',
    settings,
    clock: systemClock,
    instruments: telemetry.instruments,
  });
  const engine = createEngine({ kind: 'embedded', dialect, telemetry, settings });
  return {
    engine,
    telemetry,
    async close() {
      await engine.close();
      await node.close();
      rmSync(dataDirectory, { recursive: true, force: true });
    },
  };
};

engineContract('the embedded node', start);

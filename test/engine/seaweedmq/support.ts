/** What the SeaweedMQ suites share: an engine over a scripted or a real cluster. */
import { systemClock } from '../../../src/clock';
import type { Clock } from '../../../src/clock';
import { createEngine } from '../../../src/engine/create-engine';
import { createSeaweedMqDialect } from '../../../src/engine/seaweedmq/seaweedmq-dialect';
import { DEFAULT_ENGINE_SETTINGS } from '../../../src/engine/settings';
import type { EngineSettings } from '../../../src/engine/settings';
import { createTelemetry } from '../../../src/telemetry/create-telemetry';
import type { RunningTelemetry } from '../../../src/telemetry/create-telemetry';
import type { Engine } from '../../../src/engine/engine';
import { ManualClock } from '../../support/manual-clock';
import { PATIENT } from '../../support/patient';
import { type ScriptedSeaweedMQ, startScriptedSeaweedMQ } from '../../support/scripted-seaweedmq';

export interface ClusterAddresses {
  readonly brokers: readonly string[];
  readonly masters?: readonly string[];
  readonly filer: string;
}

export interface MqEngine {
  readonly engine: Engine;
  readonly telemetry: RunningTelemetry;
  close(): Promise<void>;
}

export function openMqEngine(
  cluster: ClusterAddresses,
  settings: Partial<EngineSettings> = {},
  clock: Clock = systemClock,
  telemetry: RunningTelemetry = createTelemetry(),
  flushIntervalMs = 5_000,
): MqEngine {
  const patience = clock === systemClock ? PATIENT : {};
  const all = { ...DEFAULT_ENGINE_SETTINGS, ...patience, ...settings };
  const dialect = createSeaweedMqDialect({
    brokers: cluster.brokers,
    masters: cluster.masters ?? [],
    filer: cluster.filer,
    topicDefaults: new Map(),
    settings: all,
    clock,
    instruments: telemetry.instruments,
    log: telemetry.log,
    operations: telemetry.operations,
    watchFlushes: { telemetry, intervalMs: flushIntervalMs },
  });
  const engine = createEngine({ kind: 'seaweedmq', dialect, telemetry, settings: all, clock });
  return {
    engine,
    telemetry,
    async close() {
      await engine.close();
    },
  };
}

/** What suites use whose clock is moved by hand; each part may be closed and made again. */
export interface TimedMq {
  readonly scripted: ScriptedSeaweedMQ;
  readonly clock: ManualClock;
  readonly telemetry: RunningTelemetry;
  readonly mq: MqEngine;
}

/** An engine over a scripted cluster of its own. */
export async function openTimedMq(settings: Partial<EngineSettings> = {}): Promise<TimedMq> {
  const scripted = await startScriptedSeaweedMQ();
  const clock = new ManualClock();
  const telemetry = createTelemetry({ clock });
  const mq = openMqEngine({ brokers: [scripted.address], filer: scripted.filer }, settings, clock, telemetry);
  return { scripted, clock, telemetry, mq };
}

/** Whole gateways for claims that hold on every engine: on the embedded node, and on a scripted SeaweedMQ. */
import { systemClock, type Clock } from '../../src/clock';
import type { Engine } from '../../src/engine/engine';
import type { EngineSettings } from '../../src/engine/settings';
import type { RunningTelemetry } from '../../src/telemetry/create-telemetry';
import { openMqEngine } from '../engine/seaweedmq/support';
import { openRecordLogEngine, startTestGateway, startTestNode, type TestGateway } from '../support/gateway';
import { startScriptedSeaweedMQ, type ScriptedSeaweedMQ } from '../support/scripted-seaweedmq';

export interface RunningGateway {
  readonly gateway: TestGateway;
  /** One more gateway on the same storage, which knows nothing of the first; closed with it. */
  another(): Promise<TestGateway>;
  close(): Promise<void>;
}

export async function onEmbedded(clock: Clock = systemClock): Promise<RunningGateway> {
  const node = await startTestNode();
  return onStorage(
    (telemetry) => openRecordLogEngine(node.address, telemetry, { clock }),
    () => node.close(),
  );
}

export async function onSeaweedMq(
  settings: Partial<EngineSettings> = {},
  clock: Clock = systemClock,
): Promise<RunningGateway & { readonly mq: ScriptedSeaweedMQ }> {
  const mq = await startScriptedSeaweedMQ();
  const cluster = { brokers: [mq.address], filer: mq.filer };
  const running = await onStorage(
    (telemetry) => openMqEngine(cluster, settings, clock, telemetry).engine,
    () => mq.stop(),
  );
  return { ...running, mq };
}

async function onStorage(
  engine: (telemetry: RunningTelemetry) => Engine,
  stop: () => Promise<void>,
): Promise<RunningGateway> {
  const gateways: TestGateway[] = [];
  const another = async (): Promise<TestGateway> => {
    const gateway = await startTestGateway({ engine });
    gateways.push(gateway);
    return gateway;
  };
  return {
    gateway: await another(),
    another,
    async close() {
      for (const gateway of gateways) {
        await gateway.close();
        await gateway.engine.close();
      }
      await stop();
    },
  };
}

/** Each starts with a clock for its engine, where the test moves time. */
export const ENGINES = [
  ['embedded', (clock?: Clock) => onEmbedded(clock)],
  ['seaweedmq', (clock?: Clock) => onSeaweedMq({}, clock)],
] as const;

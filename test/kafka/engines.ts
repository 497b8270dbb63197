/** Whole gateways for claims that hold on every engine: on the embedded node, and on a scripted SeaweedMQ. */
import { systemClock } from '../../src/clock';
import type { EngineSettings } from '../../src/engine/settings';
import { openMqEngine } from '../engine/seaweedmq/support';
import { startTestGateway, type TestGateway } from '../support/gateway';
import { startScriptedSeaweedMQ, type ScriptedSeaweedMQ } from '../support/scripted-seaweedmq';

export interface RunningGateway {
  readonly gateway: TestGateway;
  close(): Promise<void>;
}

export async function onEmbedded(): Promise<RunningGateway> {
  const gateway = await startTestGateway();
  return { gateway, close: () => gateway.close() };
}

export async function onSeaweedMq(
  settings: Partial<EngineSettings> = {},
): Promise<RunningGateway & { readonly mq: ScriptedSeaweedMQ }> {
  const mq = await startScriptedSeaweedMQ();
  const cluster = { brokers: [mq.address], filer: mq.filer };
  const gateway = await startTestGateway({
    engine: (telemetry) => openMqEngine(cluster, settings, systemClock, telemetry).engine,
  });
  return {
    gateway,
    mq,
    async close() {
      await gateway.close();
      await gateway.engine.close();
      await mq.stop();
    },
  };
}

export const ENGINES = [
  ['embedded', onEmbedded],
  ['seaweedmq', () => onSeaweedMq()],
] as const;

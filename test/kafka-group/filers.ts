/** Filers to test storages on, reached by gRPC as the gateway reaches them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/clock';
import { EngineChannel } from '../../src/engine/channel';
import type { FilerStore } from '../../src/engine/engine';
import { createFilerStore } from '../../src/engine/filer-store';
import { DEFAULT_ENGINE_SETTINGS } from '../../src/engine/settings';
import { startNode } from '../../src/node/start';
import { createTelemetry } from '../../src/telemetry/create-telemetry';

export interface OpenFiler {
  readonly filer: FilerStore;
  /** host:port or unix:/path of its gRPC. */
  readonly address: string;
  close(): Promise<void>;
}

export function filerAt(address: string): OpenFiler {
  const telemetry = createTelemetry();
  const settings = DEFAULT_ENGINE_SETTINGS;
  const options = { address, settings, clock: systemClock, instruments: telemetry.instruments, keepaliveMs: 60_000 };
  const channel = new EngineChannel(options);
  return {
    filer: createFilerStore({ channel: () => channel, settings, clock: systemClock }),
    address,
    async close() {
      channel.close();
      telemetry.close();
    },
  };
}

export async function embeddedFiler(): Promise<OpenFiler> {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'offsets-'));
  const node = await startNode({ dataDirectory });
  const filer = filerAt(node.address);
  return {
    ...filer,
    async close() {
      await filer.close();
      await node.close();
      rmSync(dataDirectory, { recursive: true, force: true });
    },
  };
}

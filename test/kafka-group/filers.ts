/** Filers to test storages on, reached by gRPC as the gateway reaches them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/clock';
import { EngineChannel } from '../../src/engine/channel/channel';
import type { Filer } from '../../src/engine/engine';
import { createFilerStore } from '../../src/engine/filer/filer-client';
import { FilerBatches } from '../../src/engine/record-log/filer-batches';
import { DEFAULT_ENGINE_SETTINGS } from '../../src/engine/settings';
import { startNode } from '../../src/node/start';
import { createTelemetry } from '../../src/telemetry/create-telemetry';

export interface OpenFiler {
  readonly filer: Filer;
  /** host:port or unix:/path of its gRPC. */
  readonly address: string;
  close(): Promise<void>;
}

/** A real SeaweedFS's, or with `entries: 'in batches'` an embedded node's as its own gateway uses it. */
export function filerAt(address: string, { entries }: { readonly entries?: 'in batches' } = {}): OpenFiler {
  const telemetry = createTelemetry();
  const settings = DEFAULT_ENGINE_SETTINGS;
  const options = { address, settings, clock: systemClock, instruments: telemetry.instruments, keepaliveMs: 60_000 };
  const channel = new EngineChannel(options);
  const batches = new FilerBatches(channel);
  return {
    filer: createFilerStore({
      channel: () => channel,
      settings,
      clock: systemClock,
      ...(entries === undefined ? {} : { create: (request, context) => batches.create(request, context) }),
    }),
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
  const filer = filerAt(node.address, { entries: 'in batches' });
  return {
    ...filer,
    async close() {
      await filer.close();
      await node.close();
      rmSync(dataDirectory, { recursive: true, force: true });
    },
  };
}

/** A process that hangs in subscriber.init until it is killed; started by hang-watch.test.ts. */
import { systemClock } from '../../src/clock';
import { startTelemetry } from '../../src/telemetry/start-telemetry';

async function hang(): Promise<void> {
  const telemetry = await startTelemetry({
    clock: systemClock,
    otel: process.env,
    trace: 'default',
    stallThresholdMs: 1_000,
    log: { level: 'error', form: 'json', target: process.stdout },
    version: '0.0.0',
  });
  telemetry.operations.root('request', { spanName: 'Fetch' }).child('subscriber.init');
  // Holds the process until it is killed.
  setInterval(() => undefined, 60_000);
}

void hang();

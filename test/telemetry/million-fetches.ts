/** A million fetches, one in a hundred cancelled with a wait that ends after its root; prints what is left. Started by metrics.test.ts. */
import { createTelemetry } from '../../src/telemetry/create-telemetry';
import type { Operation } from '../../src/telemetry/trace/operation';

const telemetry = createTelemetry({ sink: { export: () => undefined, exportUrgently: () => undefined } });
const collect = (globalThis as { gc?: () => void }).gc ?? (() => undefined);
let cancelled = 0;
const waiting: Operation[] = [];

function run(fetches: number): number {
  for (let index = 0; index < fetches; index++) {
    const root = telemetry.operations.root('request', { spanName: 'Fetch' });
    root.child('decode').end();
    const poll = root.child('poll').set('kafka.offset', index);
    const wait = poll.child('stream.recv');
    if (index % 100 === 0) {
      // The client left: the root ends first, the wait is given up later.
      cancelled++;
      waiting.push(wait);
      poll.end('cancelled');
      root.end('cancelled');
      if (waiting.length > 50) waiting.shift()?.end('cancelled');
      continue;
    }
    wait.end('data');
    poll.end('data');
    root.end('data');
  }
  while (waiting.length > 0) waiting.shift()?.end('cancelled');
  collect();
  return process.memoryUsage().heapUsed;
}

const before = run(100_000);
const after = run(900_000);
const inflight = telemetry.operations.phases.reduce((sum, phase) => sum + phase.inFlight, 0);
telemetry.close();
process.stdout.write(JSON.stringify({ inflight, cancelled, heapGrowthBytes: after - before }));

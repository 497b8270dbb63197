/**
 * What operations cost: CPU per fetch of one root and five phases, with attributes as a real fetch sets them.
 * Run by hand: `node -r ./test/support/register.cjs test/telemetry/operation-cost.ts`; prints microseconds of CPU.
 */
import { createTelemetry } from '../../src/telemetry/create-telemetry';
import type { FinishedSpan, SpanSink } from '../../src/telemetry/trace/finished-span';
import type { KeepSettings } from '../../src/telemetry/trace/keep';

const FETCHES = 300_000;
const ROUNDS = 5;

/** Spans are made and thrown away: the cost of exporting is the exporter's. */
class NowhereSink implements SpanSink {
  count = 0;
  export(spans: readonly FinishedSpan[]): void {
    this.count += spans.length;
  }
  exportUrgently(): void {
    this.count++;
  }
}

function measure(keep: Partial<KeepSettings>): number {
  const telemetry = createTelemetry({ keep, sink: new NowhereSink() });
  const { operations } = telemetry;
  let best = Infinity;
  for (let round = 0; round < ROUNDS; round++) {
    const before = process.cpuUsage();
    for (let index = 0; index < FETCHES; index++) {
      const root = operations.root('request', { spanName: 'Fetch' }).setBudget(500);
      root.set('kafka.api.version', 17).set('kafka.correlation_id', index);
      root.child('decode').end();
      const poll = root.child('poll').set('kafka.offset', index);
      poll.child('session.acquire').set('seaglass.session.mode', 'reuse').end();
      poll.end('data');
      root.child('encode').end();
      root.child('response.write').end();
      root.end('data');
    }
    const used = process.cpuUsage(before);
    best = Math.min(best, (used.user + used.system) / FETCHES);
  }
  telemetry.close();
  return best;
}

const rows = {
  off: measure({ mode: 'off' }),
  '1 % kept': measure({ firstPerSecond: 0, baseRate: 0.01 }),
  'all kept': measure({ mode: 'all' }),
};
for (const [name, microseconds] of Object.entries(rows))
  process.stdout.write(`${name}: ${microseconds.toFixed(2)} µs per fetch\n`);

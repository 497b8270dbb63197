/** A trail into memory. */
import type { TopicUse } from '../../src/audit-trail/audit-trail';
import { RunningAuditTrail } from '../../src/audit-trail/running-audit-trail';
import { systemClock } from '../../src/clock';
import { silentLogger } from '../../src/telemetry/log/log';
import { Metrics } from '../../src/telemetry/metrics/metrics';
import { MemoryOutput } from '../support/audit-lines';

export function memoryTrail(uses: readonly TopicUse[] = []): {
  readonly output: MemoryOutput;
  readonly trail: RunningAuditTrail;
} {
  const output = new MemoryOutput();
  const instruments = new Metrics({ clock: systemClock, runtimeMetrics: false });
  const bounds = { intervalMs: 60_000, queuedMax: 10_000, heldMax: 1_000 };
  const trail = new RunningAuditTrail({
    ...{ clock: systemClock, instruments, log: silentLogger, outputs: [output], uses, ...bounds },
  });
  return { output, trail };
}

/** The audit trail put together: log records where logs are exported, and the file or standard output that the settings name. */
import { openAuditFile } from '../audit-trail/audit-file';
import type { AuditOutput } from '../audit-trail/audit-queue';
import type { TopicUse } from '../audit-trail/audit-trail';
import { logRecords, streamLines } from '../audit-trail/line-outputs';
import { RunningAuditTrail } from '../audit-trail/running-audit-trail';
import type { Clock } from '../clock';
import { type Config, ConfigError } from '../config';
import type { StartedTelemetry } from '../telemetry/start-telemetry';

const USES: Readonly<Record<Config['audit']['readsAndWrites'], readonly TopicUse[]>> = {
  none: [],
  reads: ['topic_read'],
  writes: ['topic_written'],
  all: ['topic_read', 'topic_written'],
};
const STANDARD_OUTPUT = '-';

/** Throws ConfigError where the file cannot be written: who asks for a trail must not run without. */
export async function openAuditTrail(
  { audit }: Config,
  telemetry: StartedTelemetry,
  clock: Clock,
): Promise<RunningAuditTrail> {
  const { instruments, log, exportLine } = telemetry;
  const outputs: AuditOutput[] = exportLine === undefined ? [] : [logRecords(exportLine)];
  if (audit.file === STANDARD_OUTPUT) outputs.push(streamLines(process.stdout));
  else if (audit.file !== undefined) outputs.push(await fileOutput(audit.file, telemetry, clock));
  const { intervalMs, queuedMax, heldMax, readsAndWrites } = audit;
  const uses = USES[readsAndWrites];
  return new RunningAuditTrail({ clock, instruments, log, outputs, uses, intervalMs, queuedMax, heldMax });
}

async function fileOutput(path: string, { log }: StartedTelemetry, clock: Clock): Promise<AuditOutput> {
  try {
    return await openAuditFile({
      ...{ path, clock },
      told: (error) => {
        if (error !== undefined)
          log.write(
            'error',
            'audit.not_written',
            `audit events wait, for their file cannot be written: ${error.message}`,
          );
        else log.write('warn', 'audit.written_again', 'the file of audit events is written again');
      },
    });
  } catch (error) {
    throw new ConfigError(
      `audit.file ${path} cannot be written: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

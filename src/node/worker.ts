/** The node's own thread: opens what it is told, says that it is ready, and closes when asked. */
import { reasonOf } from './node-error';
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../clock';
import { Faults } from '../drills/faults';
import { Handover } from '../handover';
import type { Logger } from '../telemetry/log/log';
import { realDisk } from './disk/disk';
import { drilledDisk } from './disk/drilled-disk';
import { EmbeddedNode } from './node';
import type { RemovalNotice } from './log/removals';
import type { FromWorker, ToWorker, WorkerStart } from './worker-messages';

async function main(
  port: NonNullable<typeof parentPort>,
  { options, lockToken, handover }: WorkerStart,
): Promise<void> {
  const post = (message: FromWorker): void => port.postMessage(message);
  const logger: Logger = {
    write: (level, event, message, attributes) => post({ kind: 'log', level, event, message, attributes }),
    enabled: (level) => level !== 'debug',
  };
  try {
    const onRemoved = (notice: RemovalNotice): void => post({ kind: 'removed', notice });
    const faults = new Faults(systemClock, ({ id }) => post({ kind: 'fault_fired', id }));
    const disk = options.drills === true ? drilledDisk(realDisk, faults) : realDisk;
    const seams = { logger, handover: new Handover(handover), onRemoved, disk };
    const node = await EmbeddedNode.open(options, seams, lockToken);
    port.on('message', (message: ToWorker) => {
      if (message.kind === 'faults') faults.put(message.faults);
      else void node.close().finally(() => port.close());
    });
    post({ kind: 'ready', info: node.info });
  } catch (error) {
    post({ kind: 'failed', message: reasonOf(error) });
    port.close();
  }
}

if (parentPort !== null) void main(parentPort, workerData as WorkerStart);

/** How the embedded node is started: in its own thread (`startNodeWorker`) or in this one (`startNode`). */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Worker } from 'node:worker_threads';
import type { Fault } from '../drills/fault';
import { makeHandover } from '../handover';
import type { HandoverEnd } from '../handover';
import { systemRandom } from '../random';
import { silentLogger } from '../telemetry/log/log';
import { releaseLock } from './disk/directory-lock';
import { EmbeddedNode } from './node';
import type { NodeInfo } from './node';
import type { NodeOptions, NodeSeams } from './node-settings';
import type { FromWorker, ToWorker, WorkerStart } from './worker-messages';

export type { NodeInfo } from './node';
export type { NodeOptions, NodeSeams } from './node-settings';
export type { RemovalNotice } from './log/removals';

/** V8 lets buffers pile up to a multiple of this before it looks which of the young ones are still needed; appends die young. */
const maxYoungGenerationSizeMb = 6;

export interface RunningNode extends NodeInfo {
  /** Resolves when everything acked is on the disk and the directory is free. */
  close(): Promise<void>;
  /** How large batches travel by reference between this thread and the node's own. */
  readonly handover?: HandoverEnd;
  /** Called once if the node ends without having been closed. */
  onExit(listener: (reason: Error) => void): void;
}

/** A node in a thread of its own. */
export interface NodeThread extends RunningNode {
  /** Faults of drills that hold from now on; obeyed where the node was started with `drills`. */
  putFaults(faults: readonly Fault[]): void;
}

/** A node in this thread: `seaglass node`, and tests. Throws NodeError. */
export async function startNode(options: NodeOptions, seams: NodeSeams = {}): Promise<RunningNode> {
  const node = await EmbeddedNode.open(options, seams);
  return { ...node.info, close: () => node.close(), onExit: () => undefined };
}

interface WatchedNode extends Pick<NodeSeams, 'logger' | 'onRemoved'> {
  /** Told each time that a fault of a drill struck in the node. */
  readonly onFaultFired?: (id: number) => void;
}

/** A node in a thread of its own, so that its disk never holds up the gateway. Rejects with why it could not start. */
export function startNodeWorker(
  options: NodeOptions,
  { logger = silentLogger, onRemoved, onFaultFired }: WatchedNode = {},
): Promise<NodeThread> {
  const lockToken = systemRandom.uuid();
  const [handover, ofNode] = makeHandover();
  const start: WorkerStart = { options, lockToken, handover: ofNode };
  const worker = new Worker(workerFile(), {
    workerData: start,
    transferList: [ofNode.port],
    resourceLimits: { maxYoungGenerationSizeMb },
  });
  const listeners: ((reason: Error) => void)[] = [];
  let exit: Error | undefined;
  let wanted = false;
  const exited = new Promise<void>((resolve) => {
    worker.once('exit', (code) => {
      releaseLock(path.resolve(options.dataDirectory), lockToken);
      exit ??= new Error(`the node's thread ended with code ${code}`);
      if (!wanted) for (const listener of listeners) listener(exit);
      resolve();
    });
  });
  worker.once('error', (error) => {
    exit = error instanceof Error ? error : new Error(String(error));
  });
  const close = async (): Promise<void> => {
    wanted = true;
    worker.postMessage({ kind: 'close' } satisfies ToWorker);
    await exited;
  };
  const putFaults = (faults: readonly Fault[]): void =>
    worker.postMessage({ kind: 'faults', faults } satisfies ToWorker);
  const onExit = (listener: (reason: Error) => void): void => {
    if (exit !== undefined && !wanted) listener(exit);
    else listeners.push(listener);
  };
  return new Promise((resolve, reject) => {
    listeners.push(reject);
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'log') logger.write(message.level, message.event, message.message, message.attributes);
      else if (message.kind === 'removed') onRemoved?.(message.notice);
      else if (message.kind === 'fault_fired') onFaultFired?.(message.id);
      else if (message.kind === 'ready') resolve({ ...message.info, close, onExit, handover, putFaults });
      else exit = new Error(message.message);
    });
  });
}

/** The compiled entry: beside this file, or in `dist` when this file runs uncompiled. */
function workerFile(): string {
  const beside = path.join(__dirname, 'worker.js');
  return fs.existsSync(beside) ? beside : path.resolve(__dirname, '..', '..', 'dist', 'node', 'worker.js');
}

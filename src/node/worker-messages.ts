/** What the node's thread and its starter say to each other. */
import type { HandoverEnd } from '../handover';
import type { Fault } from '../drills/fault';
import type { LogLevel } from '../telemetry/log/log';
import type { AttributeValue } from '../telemetry/trace/operation';
import type { NodeInfo } from './node';
import type { NodeOptions } from './node-settings';
import type { RemovalNotice } from './log/removals';

export interface WorkerStart {
  readonly options: NodeOptions;
  /** The starter releases the directory with it when the thread dies. */
  readonly lockToken: string;
  /** The node's end. */
  readonly handover: HandoverEnd;
}

export type FromWorker =
  | { readonly kind: 'ready'; readonly info: NodeInfo }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'removed'; readonly notice: RemovalNotice }
  /** A fault of a drill struck. */
  | { readonly kind: 'fault_fired'; readonly id: number }
  | {
      readonly kind: 'log';
      readonly level: LogLevel;
      readonly event: string;
      readonly message: string;
      readonly attributes: Readonly<Record<string, AttributeValue | undefined>> | undefined;
    };

export type ToWorker =
  | { readonly kind: 'close' }
  /** Of drills: those that hold from now on. */
  | { readonly kind: 'faults'; readonly faults: readonly Fault[] };

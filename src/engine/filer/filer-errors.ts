/**
 * A filer that answers, and answers errors: several calls of one kind failed in a row, over more than a second. It is told as `filer_failing`, as a
 * filer is that answers nothing (channel/target-health.ts), until calls of each such kind are served again.
 */
import type { Clock } from '../../clock';
import { EngineError } from '../../engine-error';
import { isServiceError } from '../../grpc/status';
import type { Incidents } from '../../telemetry/incidents/incidents';
import type { Operation } from '../../telemetry/trace/operation';
import { type FailedRequests, UntoldFailures } from '../../telemetry/incidents/failed-requests';
import type { WaitingRequests } from '../../telemetry/incidents/waiting-requests';

interface Failing {
  failures: number;
  readonly sinceMs: number;
  isTold: boolean;
}

const FAILURES_MIN = 3;
const FAILING_MS_MIN = 1_000;
/** Where nobody calls it any more, it is over after this time. */
const HOLD_MS = 60_000;

/** The channel to the filer, as far as it is asked here. */
export interface FilerChannel {
  readonly address: string;
  /** READY where it stands. */
  state(): string;
}

export interface FilerErrorsOptions {
  readonly incidents: Incidents;
  /** Asked who is hurt. */
  readonly waiting: WaitingRequests;
  /** Of the filer, whichever call of it they waited for. */
  readonly failedRequests: Pick<FailedRequests, 'of'>;
  readonly clock: Clock;
  readonly channel: () => FilerChannel;
}

export class FilerErrors {
  readonly #options: FilerErrorsOptions;
  /** By method. */
  readonly #failing = new Map<string, Failing>();
  readonly #failures: UntoldFailures;

  constructor(options: FilerErrorsOptions) {
    this.#options = options;
    this.#failures = new UntoldFailures(options.failedRequests);
  }

  served(method: string): void {
    const failing = this.#failing.get(method);
    if (failing === undefined) return;
    this.#failing.delete(method);
    for (const { isTold } of this.#failing.values()) if (isTold) return;
    const { incidents, channel } = this.#options;
    if (!failing.isTold) return;
    const { address } = channel();
    incidents.failed('filer_failing', address, this.#failures.take(address));
    incidents.close('filer_failing', address, 'serves such calls again');
  }

  failed(method: string, error: unknown, operation: Operation): void {
    if (!this.#isAnswer(error)) return;
    const { clock, incidents, waiting, channel } = this.#options;
    const nowMs = clock.monotonicMs();
    const { address } = channel();
    if (this.#failing.size === 0) this.#failures.take(address);
    operation.blame(address);
    const failing = this.#failing.get(method) ?? { failures: 0, sinceMs: nowMs, isTold: false };
    this.#failing.set(method, failing);
    failing.failures += 1;
    const forMs = nowMs - failing.sinceMs;
    if (failing.failures < FAILURES_MIN || forMs < FAILING_MS_MIN) return;
    failing.isTold = true;
    const seconds = (forMs / 1_000).toFixed(1);
    const calls = `the last ${String(failing.failures)} calls of ${method} failed in ${seconds} s`;
    const evidence = `answers errors: ${calls}: ${error.message}`;
    const waits = waiting.on(address);
    const hurt = waits === undefined ? {} : { hurt: waits.hurt, traceId: waits.traceId };
    const failed = this.#failures.take(address);
    incidents.open('filer_failing', address, { noun: 'filer', evidence, failed, holdMs: HOLD_MS, ...hurt });
  }

  /** What the filer itself said; a connection that broke, a deadline or a refusal of our own says nothing of it. */
  #isAnswer(error: unknown): error is EngineError {
    if (!(error instanceof EngineError)) return false;
    if (error.code === 'storage_error') return true;
    if (!isServiceError(error.cause)) return false;
    return error.code === 'internal' || (error.code === 'unavailable' && this.#options.channel().state() === 'READY');
  }
}

/** Kafka requests that failed because an engine target did not answer or a partition was not read, by either. An incident tells those of its own time. */
const TARGETS_MAX = 10_000;

export class FailedRequests {
  readonly #byTarget = new Map<string, number>();

  count(target: string): void {
    const known = this.#byTarget.get(target);
    if (known === undefined && this.#byTarget.size >= TARGETS_MAX) return;
    this.#byTarget.set(target, (known ?? 0) + 1);
  }

  /** Since the start of the process. */
  of(target: string): number {
    return this.#byTarget.get(target) ?? 0;
  }
}

/** Kafka requests that failed because an engine target did not answer or a partition was not read, by either. An incident tells those of its own time. */
const TARGETS_MAX = 10_000;

export class FailedRequests {
  #watcher: ((blamed: string) => boolean) | undefined;
  readonly #byTarget = new Map<string, number>();

  /** Told of what each request that failed is blamed on; what it takes, answering true, is not counted here. */
  watch(watcher: (blamed: string) => boolean): void {
    this.#watcher = watcher;
  }

  count(target: string): void {
    if (this.#watcher?.(target) === true) return;
    const known = this.#byTarget.get(target);
    if (known === undefined && this.#byTarget.size >= TARGETS_MAX) return;
    this.#byTarget.set(target, (known ?? 0) + 1);
  }

  /** Since the start of the process. */
  of(target: string): number {
    return this.#byTarget.get(target) ?? 0;
  }
}

/** Of the requests that failed because of one target, those that its incident has not told of yet. */
export class UntoldFailures {
  readonly #requests: Pick<FailedRequests, 'of'>;
  #told = 0;

  constructor(requests: Pick<FailedRequests, 'of'>) {
    this.#requests = requests;
  }

  /** How many failed since this was asked last. */
  take(target: string): number {
    const failed = this.#requests.of(target);
    const fresh = failed - this.#told;
    this.#told = failed;
    return fresh;
  }
}

/** All publishers, and their bounds: unused ones are closed by age and by count, unless the engine wants them kept open. */
import type { Clock, Timer } from '../../clock';
import { EngineError } from '../../engine-error';
import type { Publisher } from './publisher';
import type { EngineSettings } from '../settings';

const SWEEP_INTERVAL_MS = 1_000;

export interface PublisherPoolOptions {
  readonly settings: EngineSettings;
  readonly clock: Clock;
  readonly keepsPublishersOpen: boolean;
}

export class PublisherPool {
  readonly #options: PublisherPoolOptions;
  readonly #publishers = new Set<Publisher>();
  readonly #sweeper: Timer;

  constructor(options: PublisherPoolOptions) {
    this.#options = options;
    this.#sweeper = options.clock.every(SWEEP_INTERVAL_MS, () => this.#sweep());
  }

  add(publisher: Publisher): void {
    this.#publishers.add(publisher);
  }

  remove(publisher: Publisher): void {
    this.#publishers.delete(publisher);
  }

  close(): void {
    this.#sweeper.cancel();
    for (const publisher of this.#publishers)
      publisher.close(new EngineError('shutting_down', 'the engine side closes'));
  }

  #sweep(): void {
    const { settings, clock, keepsPublishersOpen } = this.#options;
    const now = clock.monotonicMs();
    const unused = [...this.#publishers].filter((publisher) => publisher.open && publisher.pending === 0);
    unused.sort((left, right) => left.usedMs - right.usedMs);
    let open = [...this.#publishers].filter((publisher) => publisher.open).length;
    for (const publisher of unused) {
      const aged = !keepsPublishersOpen && now - publisher.usedMs > settings.publisherIdleMsMax;
      if (!aged && open <= settings.publishersMax) break;
      publisher.release();
      open -= 1;
    }
  }
}

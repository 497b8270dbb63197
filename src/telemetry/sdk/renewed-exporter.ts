/**
 * An exporter that is made anew when its files have changed, for those of OpenTelemetry keep what they were made with. The one before sends what
 * it has begun to, and is shut down.
 */
import type { ExportResult } from '@opentelemetry/core';

/** What spans, metrics and log lines have in common. */
export interface Exporter<Items> {
  export(items: Items, done: (result: ExportResult) => void): void;
  forceFlush?(): Promise<void>;
  shutdown(): Promise<void>;
}

export class RenewedExporter<Items, Made> {
  readonly #make: (of: Made) => Exporter<Items>;
  readonly #current: () => Made;
  #madeOf: Made;
  #exporter: Exporter<Items>;

  /** `current` gives another object once the files have changed. */
  constructor(current: () => Made, make: (of: Made) => Exporter<Items>) {
    this.#make = make;
    this.#current = current;
    this.#madeOf = current();
    this.#exporter = make(this.#madeOf);
  }

  export(items: Items, done: (result: ExportResult) => void): void {
    this.#renew();
    this.#exporter.export(items, done);
  }

  async forceFlush(): Promise<void> {
    await this.#exporter.forceFlush?.();
  }

  shutdown(): Promise<void> {
    return this.#exporter.shutdown();
  }

  #renew(): void {
    const now = this.#current();
    if (now === this.#madeOf) return;
    const before = this.#exporter;
    this.#madeOf = now;
    this.#exporter = this.#make(now);
    // What it could not send was told as what an exporter could not send.
    before.shutdown().catch(() => undefined);
  }
}

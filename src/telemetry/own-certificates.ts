/**
 * The certificates that the gateway shows to others: when they end, in the metric that those of listeners have. Listeners have names without
 * spaces, so `to SeaweedFS` is none.
 */
import type { Instruments } from './metrics/instruments';

export interface ShownCertificate {
  /** `to SeaweedFS`, `to the node`, `to the OTLP receiver`. */
  readonly name: string;
  readonly subject: string;
  /** When it ends, ms since the Unix epoch. */
  readonly notAfterMs: number;
}

/** Those that are shown now. */
type Read = () => Iterable<Omit<ShownCertificate, 'name'>>;

export class OwnCertificates {
  readonly #reads: (readonly [name: string, read: Read])[] = [];

  constructor(instruments: Instruments) {
    instruments.observe('seaglass_certificate_not_after_seconds', () =>
      this.list().map(({ name, notAfterMs }) => [{ listener: name }, notAfterMs / 1_000] as const),
    );
  }

  /** Asked whenever somebody looks, for files change. */
  watch(name: string, read: Read): void {
    this.#reads.push([name, read]);
  }

  /** One of each name: that which ends first. */
  list(): readonly ShownCertificate[] {
    const first = new Map<string, ShownCertificate>();
    for (const [name, read] of this.#reads) {
      for (const shown of read()) {
        const known = first.get(name);
        if (known === undefined || shown.notAfterMs < known.notAfterMs) first.set(name, { name, ...shown });
      }
    }
    return [...first.values()];
  }
}

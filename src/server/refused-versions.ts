/**
 * Requests in versions that are not served, as Kafka's brokers have it the end of their connection: nothing else is left of them. For whoever
 * asks why a client does not come in. ApiVersions is none of them: every client asks it again in a lower one.
 */
import type { Clock } from '../clock';
import type { ConnectionSession } from '../kafka/connection-session';
import { clientName } from '../telemetry/trace/client-name';

export interface RefusedVersion {
  /** Escaped; empty where it names none. */
  readonly clientId: string;
  readonly clientAddress: string;
  /** As ApiVersions told, before; undefined where it did not. */
  readonly softwareName: string | undefined;
  readonly softwareVersion: string | undefined;
  readonly api: string;
  readonly version: number;
  /** Those that are served. */
  readonly served: { readonly min: number; readonly max: number };
  readonly times: number;
  /** Of the last one, milliseconds since the Unix epoch. */
  readonly lastMs: number;
}

interface Refusal {
  readonly clientId: string | null;
  readonly session: Pick<ConnectionSession, 'clientAddress' | 'client'>;
  readonly api: string;
  readonly version: number;
  readonly served: RefusedVersion['served'];
}

const ROWS_MAX = 64;

export class RefusedVersions {
  readonly #clock: Clock;
  /** The one that was longest not asked first. */
  readonly #rows = new Map<string, RefusedVersion>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  refused({ clientId: given, session, api, version, served }: Refusal): void {
    const { clientAddress, client } = session;
    const clientId = clientName(given);
    const key = [clientAddress, clientId, api, version].join('\u0000');
    const times = (this.#rows.get(key)?.times ?? 0) + 1;
    this.#rows.delete(key);
    const software = { softwareName: client.software?.name, softwareVersion: client.software?.version };
    const lastMs = this.#clock.nowMs();
    this.#rows.set(key, { clientId, clientAddress, ...software, api, version, served, times, lastMs });
    const [oldest] = this.#rows.keys();
    if (this.#rows.size > ROWS_MAX && oldest !== undefined) this.#rows.delete(oldest);
  }

  /** The newest first. */
  list(): readonly RefusedVersion[] {
    return [...this.#rows.values()].reverse();
  }
}

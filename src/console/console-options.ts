/** What a console is started with. */
import type { AuditTrail } from '../audit-trail/audit-trail';
import type { Health } from '../engine/engine';
import type { Clock } from '../clock';
import type { Random } from '../random';
import type { RunningTelemetry } from '../telemetry/create-telemetry';
import type { TlsSettings } from '../tls/tls-files';
import type { TokenGrant, UserGrants } from './access/credentials';
import type { Route } from './api/route';
import type { LiveEvents } from './events';

export interface ConsoleOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Names by which it may be asked, beside localhost and addresses. */
  readonly hosts: readonly string[];
  /** What lets in, and to which rights; where there are neither tokens nor users it is closed unless `loopback`. */
  readonly tokens?: (() => readonly TokenGrant[]) | undefined;
  readonly users?: UserGrants | undefined;
  readonly loopback: boolean;
  /** Whether whoever reaches the port may scrape /metrics; false unless given. */
  readonly openMetrics?: boolean | undefined;
  /** It speaks TLS where given. */
  readonly tls?: TlsSettings | undefined;
  readonly clock: Clock;
  /** The system's unless given. */
  readonly random?: Random;
  readonly telemetry: RunningTelemetry;
  /** Told of sign-ins and changes; nobody is unless given. */
  readonly auditTrail?: AuditTrail;
  /** Asked by /readyz. */
  readonly engine: Health;
  /** What is served below /api. */
  readonly routes?: readonly Route[];
  /** What is sent to who watches; closed with the console. */
  readonly events?: LiveEvents;
}

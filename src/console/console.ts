/**
 * The HTTP side: the page, the JSON API below it, /metrics, /healthz, /readyz, /debug/inflight. Nothing is changed by GET, and there is
 * no CORS. The Host header is checked, so that a web page cannot reach it by a name that was made to point here (DNS rebinding).
 */
import type { Server } from 'node:http';
import { systemRandom } from '../random';
import { silentAuditTrail } from '../audit-trail/audit-trail';
import { ConsoleAudit } from './console-audit';
import { Access } from './access/access';
import type { ConsoleOptions } from './console-options';
import { openHttp } from './http-server';
import { Serving } from './serving';

export interface Console {
  readonly address: { readonly host: string; readonly port: number };
  /** Ends the open connections. */
  close(): Promise<void>;
}

/** Rejects with the system's error where the address cannot be bound, and where the files of its TLS cannot be used. */
export async function startConsole(options: ConsoleOptions): Promise<Console> {
  const { tokens = () => [], users, loopback, tls, clock, telemetry, random = systemRandom } = options;
  const { log, instruments } = telemetry;
  const audit = new ConsoleAudit(options.auditTrail ?? silentAuditTrail);
  const secure = tls !== undefined;
  const access = new Access({ tokens, users, loopback, secure, clock, random, log, instruments, audit });
  const serving = new Serving(options, access, audit);
  const { server, stopWatching } = openHttp((request, response) => void serving.answer(request, response), {
    tls,
    clock,
    telemetry,
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return {
    address: { host: options.host, port: portOf(server) },
    close: () =>
      new Promise((resolve) => {
        stopWatching();
        options.events?.close();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

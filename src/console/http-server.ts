/** The console's HTTP server, over TLS where it has certificates: they are read again when their files change, without a lost connection. */
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { Clock } from '../clock';
import type { TlsSettings } from '../tls/tls-files';
import { readTlsFiles, type TlsIdentity } from '../tls/tls-files';
import { WatchedFiles } from '../watched-files';
import type { Telemetry } from '../telemetry/telemetry';

export interface HttpOptions {
  readonly tls: TlsSettings | undefined;
  readonly clock: Clock;
  readonly telemetry: Pick<Telemetry, 'log' | 'instruments'>;
}

export interface OpenHttp {
  readonly server: Server;
  /** Looks at the files no more. */
  readonly stopWatching: () => void;
}

const CONNECTIONS_MAX = 64;
const REQUEST_MS_MAX = 10_000;
const CHECKING_MS = 1_000;
const LIMITS = {
  requestTimeout: REQUEST_MS_MAX,
  headersTimeout: REQUEST_MS_MAX,
  connectionsCheckingInterval: CHECKING_MS,
  maxHeaderSize: 16 * 1024,
  keepAliveTimeout: 5_000,
};

/** Not listening yet. Throws Error where the files cannot be used. */
export function openHttp(answer: RequestListener, options: HttpOptions): OpenHttp {
  const opened = options.tls === undefined ? plain(answer) : secure(answer, options.tls, options);
  opened.server.maxConnections = CONNECTIONS_MAX;
  return opened;
}

const plain = (answer: RequestListener): OpenHttp => ({
  server: createServer(LIMITS, answer),
  stopWatching: () => undefined,
});

function secure(answer: RequestListener, settings: TlsSettings, { clock, telemetry }: HttpOptions): OpenHttp {
  const { log, instruments } = telemetry;
  const watch = new WatchedFiles<TlsIdentity>({
    read: () => readTlsFiles(settings),
    clock,
    told(read) {
      if (read instanceof Error) return log.write('error', 'console.tls_reload_failed', read.message);
      server.setSecureContext(read.options);
      log.write('info', 'console.tls_reloaded', 'the certificate of the console was read again');
    },
  });
  instruments.observe('seaglass_certificate_not_after_seconds', () => [
    [{ listener: 'CONSOLE' }, watch.value.notAfterMs / 1_000],
  ]);
  const server = createTlsServer({ ...LIMITS, ...watch.value.options, handshakeTimeout: REQUEST_MS_MAX }, answer);
  // Scanners and browsers that do not trust the certificate: of no weight, and as many as they like.
  server.on('tlsClientError', (error, { remoteAddress }) =>
    log.write('debug', 'console.tls_handshake', error.message, { 'client.address': remoteAddress ?? '' }),
  );
  return { server, stopWatching: () => watch.close() };
}

/** A TCP port of a gRPC server that speaks TLS: a door takes each connection through its handshake before gRPC sees it. */
import { createServer, type AddressInfo } from 'node:net';
import { type Server, ServerCredentials } from '@grpc/grpc-js';
import type { Clock } from '../clock';
import type { Logger } from '../telemetry/log/log';
import { DEFAULT_RULES } from '../tls/principal-rules';
import { widenWindows } from './server';
import { TlsDoor } from '../tls/tls-door';
import type { TlsSettings } from '../tls/tls-files';

export interface SecurePortOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly tls: TlsSettings;
  readonly clock: Clock;
  readonly logger: Logger;
}

export interface SecurePort {
  readonly port: number;
  /** Takes no more connections; those that stand are gRPC's. */
  close(): void;
}

const HANDSHAKE_MS_MAX = 10_000;
/** gRPC agrees on HTTP/2. */
const ALPN = ['h2'];

/** Rejects where the port cannot be had or the files cannot be used. */
export async function openSecurePort(server: Server, options: SecurePortOptions): Promise<SecurePort> {
  const { host, tls, clock, logger } = options;
  const door = new TlsDoor({
    ...{ settings: tls, rules: DEFAULT_RULES, alpn: ALPN, clock, handshakeMsMax: HANDSHAKE_MS_MAX },
    reloaded(error) {
      if (error === undefined) logger.write('info', 'tls.reloaded', 'the certificate of the node was read again');
      else logger.write('error', 'tls.reload_failed', `the old certificate stays: ${error.message}`);
    },
  });
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  widenWindows(server);
  const tcp = createServer({ pauseOnConnect: true, noDelay: true }, (socket) => {
    const { remoteAddress = '' } = socket;
    door.enter(socket, (visitor) => {
      if (!(visitor instanceof Error)) return injector.injectConnection(visitor.socket);
      logger.write('warn', 'node.tls_handshake', visitor.message, { client_address: remoteAddress });
    });
  });
  const close = (): void => {
    tcp.close();
    door.close();
  };
  try {
    await new Promise<void>((resolve, reject) => {
      tcp.once('error', reject);
      tcp.listen({ host, port: options.port }, resolve);
    });
  } catch (error) {
    close();
    throw error;
  }
  return { port: (tcp.address() as AddressInfo).port, close };
}

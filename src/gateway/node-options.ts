/** What the configuration says of the embedded node, for one in a thread of the gateway and for `seaglass node`. */
import { resolve } from 'node:path';
import type { Config } from '../config';
import { formatAddress } from '../config/address';
import { isLoopback } from '../config/address';
import { tokenOf } from '../config/console-tokens';
import type { NodeOptions } from '../node/start';
import { watchTokenFile } from '../grpc/token-file';
import { readPeerIdentity } from '../tls/peer-identity';
import { WatchedFiles } from '../watched-files';
import type { Clock } from '../clock';
import type { Logger } from '../telemetry/log/log';
import type { Telemetry } from '../telemetry/telemetry';
import type { RecordLogOptions } from '../engine/record-log/record-log-dialect';

export function nodeOptions({ general, node, kafka }: Config): NodeOptions {
  const { fsync, fsyncIntervalMs, clusterId } = general;
  const { listen, retentionCheckIntervalMs, initialTaskDelayMs, cleanerBackoffMs } = node;
  return {
    dataDirectory: resolve(general.data),
    fsync,
    fsyncIntervalMs,
    topicDefaults: Object.fromEntries(kafka.topicDefaults),
    retentionCheckIntervalMs,
    initialTaskDelayMs,
    cleanerBackoffMs,
    ...(listen === undefined ? {} : { tcp: formatAddress(listen), ...tlsOf(node) }),
    ...tokenIn(node),
    ...(clusterId === undefined ? {} : { clusterId }),
  };
}

type NodeValues = Config['node'];

function tlsOf(node: NodeValues): Pick<NodeOptions, 'tls'> {
  const { sslKeystoreLocation: keystoreLocation } = node;
  if (keystoreLocation === undefined) return {};
  return {
    tls: {
      keystoreLocation,
      keyLocation: node.sslKeyLocation,
      keyPassword: undefined,
      truststoreLocation: node.sslTruststoreLocation,
      clientAuth: node.sslClientAuth,
      enabledProtocols: ['TLSv1.2', 'TLSv1.3'],
      named: 'node.',
    },
  };
}

/** Checked here, so that what is wrong with it is told as a setting; the file is read again by who needs it. */
function tokenIn({ token, tokenFile }: NodeValues): Pick<NodeOptions, 'token' | 'tokenFile'> {
  const found = tokenOf('node.token', token, tokenFile);
  if (tokenFile !== undefined) return { tokenFile };
  return found === undefined ? {} : { token: found };
}

/** What calls to a node show; nothing where it has no token. */
export function shownToken(
  { token, tokenFile }: Pick<NodeOptions, 'token' | 'tokenFile'>,
  surroundings: { readonly clock: Clock; readonly log: Logger },
): { readonly token?: () => string; close(): void } {
  if (tokenFile !== undefined) {
    const file = watchTokenFile({ path: tokenFile, ...surroundings });
    return { token: () => file.value, close: () => file.close() };
  }
  return { ...(token === undefined ? {} : { token: () => token }), close: () => undefined };
}

/** How a gateway shows itself to a node elsewhere, and knows it. Throws Error where the files cannot be used. */
export function nodeAccess(
  { node }: Config,
  { clock, log, ownCertificates }: { readonly clock: Clock } & Pick<Telemetry, 'log' | 'ownCertificates'>,
): Pick<RecordLogOptions, 'tls' | 'token'> & { close(): void } {
  const { sslTruststoreLocation: ca, sslKeystoreLocation: certificate, sslKeyLocation: key } = node;
  const shown = shownToken(tokenIn(node), { clock, log });
  if (ca === undefined) return shown;
  const files = new WatchedFiles({
    read: () => readPeerIdentity({ ca, certificate, key, checksName: true, named: 'node.ssl' }),
    clock,
    told(outcome) {
      if (outcome instanceof Error) log.write('error', 'tls.reload_failed', `the old files stay: ${outcome.message}`);
      else log.write('info', 'tls.reloaded', 'the files of the connection to the node were read again');
    },
  });
  ownCertificates.watch('to the node', () => [files.value.own].filter((own) => own !== undefined));
  return {
    ...shown,
    tls: () => files.value,
    close() {
      files.close();
      shown.close();
    },
  };
}

/** Whether others reach the node and need neither a certificate nor a token; then it is said. */
export function warnOfExposedNode({ node }: Config, log: Logger): void {
  const { listen, token, tokenFile, sslKeystoreLocation, sslClientAuth } = node;
  if (listen === undefined || isLoopback(listen.host) || token !== undefined || tokenFile !== undefined) return;
  if (sslKeystoreLocation !== undefined && sslClientAuth === 'required') return;
  const what =
    'node.listen is not a loopback address: whoever reaches it reads and writes everything; set node.ssl-client-auth=required or node.token';
  log.write('warn', 'node.exposed', what, { 'server.address': listen.host });
}

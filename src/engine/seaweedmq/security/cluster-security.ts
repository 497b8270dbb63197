/** What the gateway shows to the servers of a SeaweedFS cluster, from files that are read again when they change. */
import type { Clock } from '../../../clock';
import type { Logger } from '../../../telemetry/log/log';
import type { Telemetry } from '../../../telemetry/telemetry';
import type { PeerIdentity } from '../../../tls/peer-identity';
import { WatchedFiles } from '../../../watched-files';
import { filerToken } from './filer-token';
import { readSeaweedSecurity, type SeaweedIdentities, type SeaweedSecuritySettings } from './security-files';

export interface ClusterSecurity {
  /** Of gRPC to masters, filer and brokers; undefined: plain. The same object until its files change. */
  readonly grpc: PeerIdentity | undefined;
  /** Of the filer's HTTP side; undefined: plain. */
  readonly https: PeerIdentity | undefined;
  /** Good for some seconds; undefined where reads need not be signed. */
  filerToken(): string | undefined;
  close(): void;
}

/** Throws Error where the files cannot be used. */
export function openClusterSecurity(
  settings: SeaweedSecuritySettings,
  { clock, log, ownCertificates }: { readonly clock: Clock } & Pick<Telemetry, 'log' | 'ownCertificates'>,
): ClusterSecurity {
  const files = new WatchedFiles<SeaweedIdentities>({
    read: () => readSeaweedSecurity(settings),
    clock,
    told: (outcome) => tellReloaded(log, 'seaweedfs', outcome),
  });
  ownCertificates.watch('to SeaweedFS', () =>
    [files.value.grpc, files.value.https].map((identity) => identity?.own).filter((own) => own !== undefined),
  );
  return {
    get grpc() {
      return files.value.grpc;
    },
    get https() {
      return files.value.https;
    },
    filerToken() {
      const { filerRead } = files.value;
      return filerRead === undefined ? undefined : filerToken(filerRead, clock.nowMs());
    },
    close: () => files.close(),
  };
}

function tellReloaded(log: Logger, of: string, outcome: unknown): void {
  if (outcome instanceof Error)
    log.write('error', 'tls.reload_failed', `the old files stay: ${outcome.message}`, { of });
  else log.write('info', 'tls.reloaded', 'the files of the engine’s side were read again', { of });
}

/**
 * What a SeaweedFS cluster asks of its clients, from settings and from the cluster's own security.toml: mutual TLS on gRPC ([grpc] ca,
 * [grpc.client]), TLS on the filer's HTTP side ([https.client]), a signed token for reading files there ([jwt.filer_signing.read]). A setting
 * comes before what the file says.
 */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type PeerFiles, type PeerIdentity, readPeerIdentity } from '../../../tls/peer-identity';
import { messageOf } from '../../../tls/pem';
import type { ReadFiles } from '../../../watched-files';
import { parseToml, type TomlValues } from './toml';

export interface SeaweedSecuritySettings {
  readonly securityToml: string | undefined;
  readonly tlsCa: string | undefined;
  readonly tlsCertificate: string | undefined;
  readonly tlsKey: string | undefined;
  /** As in SeaweedFS itself, a certificate may be for any name unless this is set. */
  readonly tlsChecksName: boolean;
  readonly filerHttps: boolean;
  readonly filerReadKey: string | undefined;
}

export interface SeaweedIdentities {
  /** Undefined: gRPC without TLS. */
  readonly grpc: PeerIdentity | undefined;
  /** Of the filer's HTTP side; undefined: plain. */
  readonly https: PeerIdentity | undefined;
  readonly filerRead: { readonly key: string; readonly expiresAfterSeconds: number } | undefined;
}

const NAMED = 'seaweedfs.tls';
/** Of servers of gRPC; they end the handshake alike for a wrong authority and a wrong name. */
const TAKEN_BY =
  'in the security.toml of that server [grpc] ca must have signed it, and allowed_commonNames, where it is set, must have its common name';
const EXPIRES_AFTER_SECONDS = 10;
const NO_VALUES: TomlValues = new Map();

/** Throws Error that names the file and what is wrong with it. */
export function readSeaweedSecurity(settings: SeaweedSecuritySettings): ReadFiles<SeaweedIdentities> {
  const { securityToml } = settings;
  const toml = securityToml === undefined ? NO_VALUES : readToml(securityToml);
  const grpcFiles = filesOfGrpc(settings, toml);
  const httpsFiles = filesOfHttps(settings, toml, grpcFiles);
  const grpc = grpcFiles === undefined ? undefined : readPeerIdentity(grpcFiles);
  const https = httpsFiles === undefined ? undefined : readPeerIdentity(httpsFiles);
  const key = settings.filerReadKey ?? filled(toml, 'jwt.filer_signing.read.key');
  const seconds = Number(filled(toml, 'jwt.filer_signing.read.expires_after_seconds') ?? EXPIRES_AFTER_SECONDS);
  return {
    value: {
      grpc: grpc?.value,
      https: https?.value,
      filerRead:
        key === undefined ? undefined : { key, expiresAfterSeconds: seconds > 0 ? seconds : EXPIRES_AFTER_SECONDS },
    },
    paths: [...(securityToml === undefined ? [] : [securityToml]), ...(grpc?.paths ?? []), ...(https?.paths ?? [])],
  };
}

function filesOfGrpc(settings: SeaweedSecuritySettings, toml: TomlValues): PeerFiles | undefined {
  const path = pathsOf(settings, toml);
  const ca = settings.tlsCa ?? path('grpc.ca');
  const certificate = settings.tlsCertificate ?? path('grpc.client.cert');
  const key = settings.tlsKey ?? path('grpc.client.key');
  // SeaweedFS knows only mutual TLS: without all three it speaks plainly.
  if (ca === undefined || (settings.tlsCa === undefined && (certificate === undefined || key === undefined)))
    return undefined;
  return { ca, certificate, key, checksName: settings.tlsChecksName, named: NAMED, takenBy: TAKEN_BY };
}

function filesOfHttps(
  settings: SeaweedSecuritySettings,
  toml: TomlValues,
  grpc: PeerFiles | undefined,
): PeerFiles | undefined {
  if (settings.filerHttps && grpc !== undefined) return grpc;
  const path = pathsOf(settings, toml);
  const ca = path('https.client.ca');
  if (toml.get('https.client.enabled') !== 'true' || ca === undefined) return undefined;
  const [certificate, key] = [path('https.client.cert'), path('https.client.key')];
  return { ca, certificate, key, checksName: settings.tlsChecksName, named: NAMED };
}

/** Paths in security.toml are those of the directory that SeaweedFS runs in; here: of the file itself. */
function pathsOf(
  { securityToml = '' }: SeaweedSecuritySettings,
  toml: TomlValues,
): (name: string) => string | undefined {
  return (name) => {
    const path = filled(toml, name);
    return path === undefined ? undefined : resolve(dirname(securityToml), path);
  };
}

/** Undefined where the value is absent or empty: security.toml names all it knows, with nothing behind. */
function filled(toml: TomlValues, name: string): string | undefined {
  const value = toml.get(name);
  return value === '' ? undefined : value;
}

function readToml(path: string): TomlValues {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new Error(`seaweedfs.security-toml ${path} cannot be read: ${messageOf(error)}`, { cause: error });
  }
  try {
    return parseToml(text);
  } catch (error) {
    throw new Error(`seaweedfs.security-toml ${path}: ${messageOf(error)}`, { cause: error });
  }
}

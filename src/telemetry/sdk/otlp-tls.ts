/**
 * TLS towards a receiver of OTLP, by the standard variables: its authorities, and a certificate with its key where it asks for one. The files
 * are read again when they change.
 */
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import type { Clock } from '../../clock';
import { type OwnCertificate, ownCertificate } from '../../tls/peer-identity';
import { type ReadFiles, WatchedFiles } from '../../watched-files';
import type { Logger } from '../log/log';

/** By the last part of the variable's name. */
export interface OtlpTlsFiles {
  readonly CERTIFICATE?: string;
  readonly CLIENT_CERTIFICATE?: string;
  readonly CLIENT_KEY?: string;
}

export interface OtlpTls {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

interface OtlpIdentity {
  readonly tls: OtlpTls;
  /** Undefined where the receiver is shown none. */
  readonly own: OwnCertificate | undefined;
}

const NAMES = ['CERTIFICATE', 'CLIENT_CERTIFICATE', 'CLIENT_KEY'] as const;

/** `of` gives the value of a variable by the last part of its name. Throws RangeError for half a pair. */
export function otlpTlsFiles(of: (name: string) => string | undefined): OtlpTlsFiles {
  const named = NAMES.map((name) => [name, of(name)] as const).filter(([, path]) => path !== undefined);
  const files: OtlpTlsFiles = Object.fromEntries(named);
  if ((files.CLIENT_CERTIFICATE === undefined) !== (files.CLIENT_KEY === undefined))
    throw new RangeError('OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and OTEL_EXPORTER_OTLP_CLIENT_KEY go together');
  return files;
}

export const hasFiles = (files: OtlpTlsFiles): boolean => Object.keys(files).length > 0;

/** Throws RangeError for a file that cannot be used. */
export function readOtlpTls(files: OtlpTlsFiles): ReadFiles<OtlpIdentity> {
  const [ca, cert, key] = NAMES.map((name) => fileOf(name, files[name]));
  if (cert !== undefined && key !== undefined) checkPair({ cert, key }, files);
  const tls = {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
  };
  const paths = NAMES.map((name) => files[name]).filter((path) => path !== undefined);
  return { value: { tls, own: cert === undefined ? undefined : ownOf(cert, files) }, paths };
}

/** The files of all signals, looked at while telemetry runs. */
export class OtlpFiles {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #watched = new Map<string, WatchedFiles<OtlpIdentity>>();

  constructor({ clock, log }: { readonly clock: Clock; readonly log: Logger }) {
    this.#clock = clock;
    this.#log = log;
  }

  /** What the files hold now: the same object until one of them changes. Signals with the same files share it. */
  watch(files: OtlpTlsFiles): () => OtlpTls {
    const key = JSON.stringify(files);
    const known = this.#watched.get(key) ?? this.#open(files);
    this.#watched.set(key, known);
    return () => known.value.tls;
  }

  /** Those that receivers are shown. */
  *own(): Iterable<OwnCertificate> {
    for (const { value } of this.#watched.values()) if (value.own !== undefined) yield value.own;
  }

  close(): void {
    for (const each of this.#watched.values()) each.close();
  }

  #open(files: OtlpTlsFiles): WatchedFiles<OtlpIdentity> {
    return new WatchedFiles({
      read: () => readOtlpTls(files),
      clock: this.#clock,
      told: (outcome) => {
        if (outcome instanceof Error)
          this.#log.write('error', 'tls.reload_failed', `the old files stay: ${outcome.message}`, { of: 'otlp' });
        else this.#log.write('info', 'tls.reloaded', 'the files of OTLP were read again', { of: 'otlp' });
      },
    });
  }
}

/** A key without its certificate, as while they are replaced, would be found out by exporters alone, each in its own way. */
function checkPair(pair: Required<Pick<OtlpTls, 'cert' | 'key'>>, { CLIENT_KEY: path = '' }: OtlpTlsFiles): void {
  try {
    createSecureContext(pair);
  } catch (error) {
    throw unusable('CLIENT_KEY', path, error, 'be used with its certificate');
  }
}

function fileOf(name: string, path: string | undefined): Buffer | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path);
  } catch (error) {
    throw unusable(name, path, error);
  }
}

function ownOf(certificate: Buffer, { CLIENT_CERTIFICATE: path = '' }: OtlpTlsFiles): OwnCertificate {
  try {
    return ownCertificate(certificate);
  } catch (error) {
    throw unusable('CLIENT_CERTIFICATE', path, error);
  }
}

function unusable(name: string, path: string, error: unknown, what = 'be read'): RangeError {
  const why = error instanceof Error ? error.message : String(error);
  return new RangeError(`OTEL_EXPORTER_OTLP_${name} "${path}" cannot ${what}: ${why}`, { cause: error });
}

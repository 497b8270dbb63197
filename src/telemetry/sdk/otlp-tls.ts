/** TLS towards a receiver of OTLP, by the standard variables: its authorities, and a certificate with its key where it asks for one. */
import { readFileSync } from 'node:fs';

export interface OtlpTls {
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

/** `of` gives the value of a variable by the last part of its name. Throws RangeError for a file that cannot be read, or half a pair. */
export function otlpTls(of: (name: string) => string | undefined): OtlpTls {
  const [ca, cert, key] = ['CERTIFICATE', 'CLIENT_CERTIFICATE', 'CLIENT_KEY'].map((name) => fileOf(name, of(name)));
  if ((cert === undefined) !== (key === undefined))
    throw new RangeError('OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE and OTEL_EXPORTER_OTLP_CLIENT_KEY go together');
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined || key === undefined ? {} : { cert, key }),
  };
}

function fileOf(name: string, path: string | undefined): Buffer | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new RangeError(`OTEL_EXPORTER_OTLP_${name} "${path}" cannot be read: ${why}`, { cause: error });
  }
}

/**
 * Files read through the filer's HTTP side: only it puts chunks together. It may speak TLS, and may want reads to be signed. The engine's
 * binary attributes come as headers that Node's parser refuses unless it is told to be lenient.
 */
import { get as getPlain, type RequestOptions } from 'node:http';
import { get as getSecure } from 'node:https';
import { EngineError } from '../../engine-error';
import { joined } from '../../protocol/bytes';
import type { CallContext } from '../../telemetry/trace/operation';
import { cancelled } from '../../waiting/deadline';
import type { ClusterSecurity } from './security/cluster-security';

/** The engine flushes at 8 MiB or one record; nothing near this is a log file. */
const FILE_BYTES_MAX = 256 * 1024 * 1024;

export class FilerHttp {
  readonly #address: string;
  readonly #security: ClusterSecurity | undefined;

  constructor(address: string, security: ClusterSecurity | undefined) {
    this.#address = address;
    this.#security = security;
  }

  /** All bytes of the file, at least as many as it was listed with. Rejects with EngineError. */
  file(
    { path, sizeBytes }: { readonly path: string; readonly sizeBytes: number },
    context: CallContext,
  ): Promise<Buffer> {
    const { signal } = context;
    const what = `log file ${path}`;
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(cancelled(what));
        return;
      }
      const fail = (error: unknown): void => {
        reject(signal.aborted ? cancelled(what) : new EngineError('unavailable', `${what}: ${String(error)}`, error));
      };
      const request = this.#get(path, signal, (response) => {
        const parts: Buffer[] = [];
        let bytes = 0;
        response.on('data', (part: Buffer) => {
          bytes += part.byteLength;
          if (bytes > FILE_BYTES_MAX) request.destroy(new Error(`more than ${FILE_BYTES_MAX} bytes`));
          else parts.push(part);
        });
        response.on('error', fail);
        response.on('end', () => {
          const { statusCode } = response;
          // In one piece, because an entry may stand across two of its parts.
          if (statusCode === 200 && bytes >= sizeBytes) resolve(joined(parts));
          else
            fail(
              new Error(`expected ${sizeBytes} bytes, got status ${statusCode} and ${bytes} bytes${hint(statusCode)}`),
            );
        });
      });
      request.on('error', fail);
    });
  }

  /** The filer's clock as any answer has it, in whole seconds; undefined where it has none. Rejects with EngineError. */
  date({ signal }: CallContext): Promise<{ readonly address: string; readonly dateMs: number | undefined }> {
    const address = this.#address;
    return new Promise((resolve, reject) => {
      if (signal.aborted) {
        reject(cancelled('date of the filer'));
        return;
      }
      const request = this.#get('/', signal, ({ headers }) => {
        request.destroy();
        const dateMs = Date.parse(headers.date ?? '');
        resolve({ address, dateMs: Number.isNaN(dateMs) ? undefined : dateMs });
      });
      request.on('error', (error) =>
        reject(new EngineError('unavailable', `the filer at ${address}: ${String(error)}`, error)),
      );
    });
  }

  #get(path: string, signal: AbortSignal, answered: Parameters<typeof getPlain>[2]): ReturnType<typeof getPlain> {
    const identity = this.#security?.https;
    const token = this.#security?.filerToken();
    const options: RequestOptions = {
      ...{ insecureHTTPParser: true, signal },
      ...(token === undefined ? {} : { headers: { authorization: `Bearer ${token}` } }),
    };
    const url = `${identity === undefined ? 'http' : 'https'}://${this.#address}${path.split('/').map(encodeURIComponent).join('/')}`;
    if (identity === undefined) return getPlain(url, options, answered);
    const { pem, checkServerIdentity } = identity;
    const secure = { ...options, ...pem, ...(checkServerIdentity === undefined ? {} : { checkServerIdentity }) };
    return getSecure(url, secure, answered);
  }
}

const hint = (statusCode: number | undefined): string =>
  statusCode === 401
    ? ': the filer wants reads to be signed, and seaweedfs.filer-read-key or seaweedfs.security-toml does not fit'
    : '';

/** Whether the receiver of an OTLP signal can be reached from here: an empty export over HTTP, a TCP connection where it speaks gRPC. */
import { type IncomingMessage, request as requestPlain } from 'node:http';
import { request as requestSecure } from 'node:https';
import { connect } from 'node:net';
import type { Clock } from '../../clock';
import type { ExportTarget } from './otel-variables';
import { readOtlpTls } from './otlp-tls';

export interface Reach {
  /** `none`: nothing is exported, so there is nobody to reach. */
  readonly state: 'reached' | 'failed' | 'none';
  /** Without credentials. */
  readonly url: string;
  readonly found: string;
}

const REACH_MS_MAX = 5_000;

/** Never rejects. */
export async function reach(target: ExportTarget, clock: Clock): Promise<Reach> {
  if (target.kind === 'none') return { state: 'none', url: '', found: target.why ?? 'no OTLP endpoint is set' };
  if (target.kind === 'console') return { state: 'none', url: '', found: 'standard output' };
  const url = withoutCredentials(target.url);
  const beganMs = clock.monotonicMs();
  try {
    const found = await (target.protocol === 'grpc' ? connects(target.url, clock) : takesNothing(target));
    return { state: 'reached', url, found: `${found} after ${Math.round(clock.monotonicMs() - beganMs)} ms` };
  } catch (error) {
    return { state: 'failed', url, found: reasonOf(error) };
  }
}

/** An export of nothing is a valid one: its answer tells of the path and of the credentials, too. */
function takesNothing({ url, headers, tls }: Extract<ExportTarget, { kind: 'otlp' }>): Promise<string> {
  const { username, password } = new URL(url);
  const basic = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64');
  const options = {
    method: 'POST',
    headers: {
      ...(username === '' ? {} : { authorization: `Basic ${basic}` }),
      ...headers,
      'content-type': 'application/x-protobuf',
      'content-length': '0',
    },
    signal: AbortSignal.timeout(REACH_MS_MAX),
  };
  return new Promise((resolve, reject) => {
    const answered = (response: IncomingMessage): void => {
      const { statusCode = 0 } = response;
      response.resume();
      if (statusCode >= 200 && statusCode < 300) resolve(`answers HTTP ${statusCode}`);
      else reject(new Error(`it answers HTTP ${statusCode}`));
    };
    const to = withoutCredentials(url);
    // A connection of its own, so that what is kept open says nothing.
    const request = to.startsWith('https:')
      ? requestSecure(to, { ...options, ...readOtlpTls(tls).value.tls, agent: false }, answered)
      : requestPlain(to, { ...options, agent: false }, answered);
    request.on('error', reject);
    request.end();
  });
}

function connects(url: string, clock: Clock): Promise<string> {
  const { hostname, port, protocol } = new URL(url.includes('://') ? url : `http://${url}`);
  const host = hostname.replace(/^\[|\]$/g, '');
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port: port === '' ? (protocol === 'https:' ? 443 : 4317) : Number(port) });
    const late = clock.after(REACH_MS_MAX, () => {
      socket.destroy(new Error(`no connection within ${REACH_MS_MAX / 1_000} s`));
    });
    socket.once('error', reject);
    socket.once('close', () => late.cancel());
    socket.once('connect', () => {
      socket.destroy();
      resolve('accepts connections');
    });
  });
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${REACH_MS_MAX / 1_000} s`;
  const cause = error.cause instanceof Error ? error.cause : error;
  return cause.message;
}

function withoutCredentials(url: string): string {
  if (!URL.canParse(url)) return url;
  const parsed = new URL(url);
  parsed.username = '';
  parsed.password = '';
  return parsed.toString();
}

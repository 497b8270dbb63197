/** Whether the receiver of an OTLP signal can be reached from here: an empty export over HTTP, a TCP connection where it speaks gRPC. */
import { connect } from 'node:net';
import type { Clock } from '../../clock';
import type { ExportTarget } from './otel-variables';

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
async function takesNothing({ url, headers }: Extract<ExportTarget, { kind: 'otlp' }>): Promise<string> {
  const { username, password } = new URL(url);
  const basic = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64');
  const response = await fetch(withoutCredentials(url), {
    method: 'POST',
    headers: {
      ...(username === '' ? {} : { authorization: `Basic ${basic}` }),
      ...headers,
      'content-type': 'application/x-protobuf',
    },
    body: new Uint8Array(0),
    signal: AbortSignal.timeout(REACH_MS_MAX),
  });
  await response.arrayBuffer();
  if (!response.ok) throw new Error(`it answers HTTP ${response.status}`);
  return `answers HTTP ${response.status}`;
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

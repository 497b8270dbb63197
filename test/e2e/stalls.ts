/** What a hang must look like in telemetry: seen while it lasts, named by its phase, one whole trace once it ends. */
import type { OtlpReceiver, ReceivedSpan } from '../support/otlp-receiver';

/** Past which nothing in these tests ends by a deadline: the test ends what hangs. */
const HANG_MS = 120_000;
/** Of a request that hangs: `maxWaitMs` of a fetch, `timeoutMs` of a produce. */
export const PATIENCE_MS = HANG_MS;
/** Flags of a gateway whose hangs last. */
export const LASTING_HANGS: Readonly<Record<string, string>> = Object.fromEntries(
  ['connect-ms', 'lookup-ms', 'create-ms', 'call-ms', 'append-ms'].map((name) => [`deadlines.${name}`, `${HANG_MS}`]),
);

export interface HangingRequest {
  readonly clientId: string;
  /** `fetch>subscriber.init` */
  readonly path: string;
  /** Ends what hangs, where no deadline does; resolves when the request has been answered. */
  readonly finish?: () => Promise<unknown>;
}

/** The one stall of the client's request: its path, its status, its time, and then the trace it belongs to. */
export async function stallOf(
  receiver: OtlpReceiver,
  { clientId, path, finish }: HangingRequest,
): Promise<readonly ReceivedSpan[]> {
  const stall = await receiver.waitForSpan(
    ({ attributes }) => attributes['seaglass.stall'] === true && attributes['messaging.client.id'] === clientId,
  );
  // It came while the operation it tells of hung.
  expect(receiver.trace(stall.traceId).some(({ spanId }) => spanId === stall.parentSpanId)).toBe(false);
  const phase = path.split('>').at(-1) ?? '';
  expect(stall.attributes['seaglass.path']).toBe(path);
  expect(stall.name).toBe(`stall ${phase}`);
  expect(stall.statusCode).toBe(2);
  expect(stall.attributes).toMatchObject({ 'seaglass.phase': phase, 'error.type': 'stall' });
  if (phase !== 'response.write') {
    const connects = phase === 'engine.connect' || phase === 'subscriber.create';
    const state = connects ? /^(IDLE|CONNECTING)$/ : /READY/;
    expect(stall.attributes['seaglass.engine.channel_state']).toMatch(state);
  }
  const budgetMs = Number(stall.attributes['seaglass.wait.budget_ms']);
  const seenMs = Math.round(stall.receivedAtMs - stall.startMs);
  process.stdout.write(`${path}: seen ${seenMs} ms after it began, ${seenMs - budgetMs} ms after it was overdue\n`);
  await finish?.();
  const operation = await receiver.waitForSpan(({ spanId }) => spanId === stall.parentSpanId);
  const root = await receiver.waitForSpan(
    ({ traceId, parentSpanId }) => traceId === stall.traceId && parentSpanId === '',
  );
  expect(operation.traceId).toBe(stall.traceId);
  expect(operation.attributes['seaglass.path']).toBe(path);
  expect(root.attributes['seaglass.keep_reason']).toBe('stalled');
  const trace = receiver.trace(stall.traceId);
  expect(trace.filter(({ parentSpanId }) => parentSpanId === '')).toHaveLength(1);
  expect(receiver.orphans(stall.traceId)).toEqual([]);
  return trace;
}

/** Phases from the root down to the operation that stalled. */
export function chain(trace: readonly ReceivedSpan[]): string[] {
  const phases: string[] = [];
  let at = trace.find(({ attributes }) => attributes['seaglass.stall'] === true);
  at = trace.find(({ spanId }) => spanId === at?.parentSpanId);
  while (at !== undefined) {
    phases.unshift(String(at.attributes['seaglass.phase']));
    const parent: string = at.parentSpanId;
    at = trace.find(({ spanId }) => spanId === parent);
  }
  return phases;
}

/**
 * Goal: "trace client Y for five minutes" by HTTP and by the command line exports every trace of it, also where nothing else is exported,
 * and no web page of elsewhere can ask for it.
 * Method: a whole gateway with tracing off that exports to an OTLP receiver, its console over HTTP, the command in this process.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommandLine } from '../../src/cli/command-line';
import { OtlpReceiver } from '../support/otlp-receiver';
import { awaitTopic, startWholeGateway, type WholeGateway } from './support';

const data = mkdtempSync(join(tmpdir(), 'seaglass-e2e-'));
let receiver: OtlpReceiver;
let gateway: WholeGateway;

beforeAll(async () => {
  receiver = await OtlpReceiver.start();
  gateway = await startWholeGateway({ flags: { data, trace: 'off' }, receiver });
});
afterAll(async () => {
  await gateway.close();
  await receiver.close();
  rmSync(data, { recursive: true, force: true });
});

const post = (body: object, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
  fetch(`${gateway.console}/api/trace-targets`, { method: 'POST', headers, body: JSON.stringify(body) });
const targets = async (): Promise<unknown> => (await fetch(`${gateway.console}/api/trace-targets`)).json();

/** What the command prints, with its exit code. */
async function seaglass(...args: readonly string[]): Promise<readonly [number, string]> {
  let printed = '';
  const take = (text: unknown): boolean => {
    printed += String(text);
    return true;
  };
  const spies = [jest.spyOn(process.stdout, 'write'), jest.spyOn(process.stderr, 'write')];
  for (const spy of spies) spy.mockImplementation(take);
  const code = await runCommandLine(['trace', ...args, '--console', gateway.console]);
  for (const spy of spies) spy.mockRestore();
  return [code, printed];
}

test('a targeted client is exported where tracing is off, until it is ended', async () => {
  const client = await gateway.client('audit-svc');
  await awaitTopic(client, 'orders');
  expect(await post({ do: 'start', client: 'audit-svc', forMs: 300_000 })).toMatchObject({ status: 200 });
  await client.fetch('orders', 0, { maxWaitMs: 0 });
  const span = await receiver.waitForSpan(({ name }) => name === 'Fetch orders');
  expect(span.attributes).toMatchObject({ 'seaglass.keep_reason': 'targeted', 'messaging.client.id': 'audit-svc' });
  expect(await targets()).toMatchObject({ targets: [{ id: 't1', client: 'audit-svc', traces: 1 }] });
  expect(await post({ do: 'stop', id: 't1' })).toMatchObject({ status: 200 });
  expect(await post({ do: 'stop', id: 't1' })).toMatchObject({ status: 404 });
  expect(await targets()).toEqual({ targets: [] });
});

test('the command begins, lists and ends it, and says what it is refused', async () => {
  expect(await seaglass()).toEqual([0, 'nothing is traced beside the keep rule\n']);
  const [code, begun] = await seaglass('--topic', 'orders', '--group', 'audit', '--for', '5m');
  expect([code, begun]).toEqual([
    0,
    expect.stringMatching(/^t\d+ {2}topic orders, group audit {2}until \S+Z {2}0 traces\n$/),
  ]);
  expect(await targets()).toMatchObject({ targets: [{ topic: 'orders', group: 'audit' }] });
  const id = begun.split(' ')[0] ?? '';
  expect(await seaglass('--stop', id)).toEqual([0, 'nothing is traced beside the keep rule\n']);
  const [failed, why] = await seaglass('--client', 'x', '--for', '5000m');
  expect([failed, why]).toEqual([1, expect.stringMatching(/answered 400: forMs/)]);
});

test('it is asked by POST with JSON alone', async () => {
  const command = { do: 'start', client: 'x', forMs: 5_000 };
  expect(await post(command, { 'content-type': 'text/plain' })).toMatchObject({ status: 415 });
  await fetch(`${gateway.console}/api/trace-targets?do=start&client=x&forMs=5000`);
  expect(await post({ ...command, client: undefined })).toMatchObject({ status: 409 });
  expect(await post({ ...command, more: 1 })).toMatchObject({ status: 400 });
  expect(await targets()).toEqual({ targets: [] });
});

/**
 * Goal: hosts that address quotas name are looked up beside one another, and a resolver that says nothing holds nobody up for longer than its deadline.
 * Method: the alterations of a request with a resolver of the test's, on a clock that is moved by hand.
 */
import { readAlterations } from '../../src/kafka/quotas/quota-alteration';
import { createEntityData, createEntryData, createOpData } from '../../src/protocol/generated/alter-client-quotas';
import { ErrorCode } from '../../src/protocol/error-code';
import { createTelemetry } from '../../src/telemetry/create-telemetry';
import { NEVER } from '../../src/waiting/never';
import { ManualClock } from '../support/manual-clock';

const entryOf = (host: string) =>
  createEntryData({
    entity: [createEntityData({ entityType: 'ip', entityName: host })],
    ops: [createOpData({ key: 'connection_creation_rate', value: 5 })],
  });

test('a host that is not told where it is within the deadline is refused, and the others are not', async () => {
  const clock = new ManualClock();
  const telemetry = createTelemetry({ clock });
  const context = { operation: telemetry.operations.root('request'), signal: NEVER };
  const asked: string[] = [];
  const resolve = (host: string): Promise<string | undefined> => {
    asked.push(host);
    if (host === 'silent') return new Promise(() => undefined);
    return Promise.resolve(host === 'known' ? '10.0.0.1' : undefined);
  };
  const entries = ['silent', 'known', 'unknown'].map(entryOf);
  const answers = readAlterations([...entries, entryOf('silent')], context, { clock, resolve });
  expect(asked).toEqual(['silent', 'known', 'unknown']);
  // Those that are answered come first.
  await new Promise((resolve) => setImmediate(resolve));
  clock.advance(5_000);
  expect((await answers).map(({ named, refusal }) => [named[0]?.entityName, refusal?.errorCode])).toEqual([
    // Named twice, which is refused by itself.
    ['silent', ErrorCode.INVALID_REQUEST],
    ['known', undefined],
    ['unknown', ErrorCode.INVALID_REQUEST],
  ]);
  const alone = readAlterations([entryOf('silent')], context, { clock, resolve });
  clock.advance(5_000);
  const [{ refusal } = { refusal: undefined }] = await alone;
  expect(refusal?.errorCode).toBe(ErrorCode.REQUEST_TIMED_OUT);
  expect(refusal?.errorMessage).toContain('the system’s resolver');
  telemetry.close();
});

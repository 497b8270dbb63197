/** What the suites about removed records share: lines of a program's log, and metrics that follow them. */
import { ErrorCode } from '../../src/protocol/error-code';
import type { Child } from '../support/child';
import type { GatewayProcess } from '../support/gateway-process';
import type { KafkaClient } from '../support/kafka-client';
import { deleteRecords, deleteTopic, get, samples } from './support';

const DEADLINE_MS = 60_000;

/** The first line of that event about that topic, once it is printed; without its time and message. */
export async function lineOf(
  child: Child,
  event: string,
  about: Readonly<Record<string, string>>,
): Promise<Record<string, unknown>> {
  const wanted = Object.entries({ 'event.name': event, ...about }).map(([key, value]) => `(?=.*"${key}":"${value}")`);
  const [text] = await child.printed(new RegExp(`^${wanted.join('')}\\{.*\\}$`, 'm'));
  const { time: _time, message: _message, 'event.name': _event, ...line }: Record<string, unknown> = JSON.parse(text);
  return line;
}

/** By labels as they are printed, once `until` holds of the values. */
export async function awaitMetrics(
  consoleUrl: string,
  until: (value: (name: string, labels: string) => number | undefined) => boolean,
  meanwhile: () => Promise<unknown> = async () => undefined,
): Promise<void> {
  let text = '';
  for (const deadline = performance.now() + DEADLINE_MS; performance.now() < deadline;) {
    await meanwhile();
    ({ text } = await get(`${consoleUrl}/metrics`));
    const shown = text;
    if (until((name, labels) => samples(shown, name).get(labels))) return;
  }
  const lines = text.split('\n').filter((line) => /^seaglass_(records_removed|removed_bytes|log_start)/.test(line));
  throw new Error(`the metrics never became what was waited for:\n${lines.join('\n')}`);
}

/** A topic of one partition and three records loses two of them to DeleteRecords, and the third with itself. */
export async function removalsOnSeaweedMq(gateway: GatewayProcess, client: KafkaClient, topic: string): Promise<void> {
  const removed = async (
    cause: string,
    until: (value: (name: string, labels: string) => number | undefined) => boolean,
  ) => {
    await awaitMetrics(gateway.console, until);
    return lineOf(gateway.child, 'records.removed', { topic, cause });
  };
  expect(await deleteRecords(client, { topic, partition: 0, before: 2 })).toMatchObject({ errorCode: 0 });
  const deletion = await removed(
    'delete_records',
    (value) =>
      value('seaglass_records_removed_total', 'cause="delete_records"') === 2 &&
      value('seaglass_log_start_offset', `topic="${topic}"`) === 2,
  );
  const about = { level: 'info', topic, partition: 0 };
  expect(deletion).toEqual({ ...about, cause: 'delete_records', from: 0, to: 2, records: 2, bytes: 0 });
  expect(await deleteTopic(client, topic)).toBe(ErrorCode.NONE);
  const end = await removed(
    'topic_deletion',
    (value) =>
      value('seaglass_records_removed_total', 'cause="topic_deletion"') === 1 &&
      // The series of a topic end with it.
      value('seaglass_log_start_offset', `topic="${topic}"`) === undefined,
  );
  // What the broker had not flushed is in no file.
  const bytes: unknown = expect.any(Number);
  expect(end).toEqual({ ...about, cause: 'topic_deletion', from: 2, to: 3, records: 1, bytes });
}

/** A record of the doctor's own, produced and fetched: every byte of key, value and headers comes back. Its topic is removed afterwards. */
import { systemClock } from '../../clock';
import type { DrillClient } from '../../drills/run/drill-client';
import { ErrorCode, errorNameOf } from '../../protocol/error-code';
import type { KafkaRecord } from '../../protocol/record';
import { systemRandom } from '../../random';
import { type CheckResult, failed, messageOf, passed, warned } from './check';
import { inTime } from './in-time';
import { askMetadata } from './questions';

const NAME = 'probe record';
const VALUE_BYTES = 4_096;
const FETCHES_MAX = 5;
const ANSWER_MS_MAX = 20_000;

export async function probeChecks(kafka: DrillClient): Promise<readonly CheckResult[]> {
  const topic = `seaglass-doctor-${systemRandom.bytes(6).toString('hex')}`;
  const made = await inTime(kafka.createTopic(topic), ANSWER_MS_MAX, 'no answer to CreateTopics');
  if (made === ErrorCode.TOPIC_AUTHORIZATION_FAILED) return [warned(NAME, NO_RIGHT, ALLOW)];
  if (made !== ErrorCode.NONE)
    return [
      failed(NAME, `topic ${topic} cannot be made: ${nameOf(made)}`, 'look at the engine, see the check "engine"'),
    ];
  const probed = await probe(kafka, topic).catch((error: unknown) => failed(NAME, messageOf(error), LOOK));
  const left = await removed(kafka, topic).catch(messageOf);
  if (left === undefined) return [probed];
  return [probed, warned('probe topic', `${topic} could not be removed: ${left}`, `remove the topic ${topic} by hand`)];
}

const NO_RIGHT = 'whoever asks here may not make a topic for it: nothing was produced and fetched';
const ALLOW =
  'seaglass acl add --allow User:NAME --operation create,describe,write,read,delete --topic seaglass-doctor- --prefixed';

/** Why it is still there; undefined where it is gone. */
async function removed(kafka: DrillClient, topic: string): Promise<string | undefined> {
  await inTime(kafka.deleteTopics(topic), ANSWER_MS_MAX, 'no answer to DeleteTopics');
  const [there] = (await askMetadata(kafka, [topic])).topics;
  return there?.errorCode === ErrorCode.NONE ? 'it is still listed' : undefined;
}

const LOOK = 'seaglass explain --client seaglass-doctor --last 3 says where it waited';

async function probe(kafka: DrillClient, topic: string): Promise<CheckResult> {
  const record = {
    timestamp: systemClock.nowMs(),
    key: systemRandom.bytes(16),
    value: systemRandom.bytes(VALUE_BYTES),
    headers: [
      { key: 'probe', value: systemRandom.bytes(8) },
      { key: 'empty', value: new Uint8Array(0) },
    ],
  };
  const beganMs = systemClock.monotonicMs();
  const produced = await inTime(kafka.produce(topic, [record]), ANSWER_MS_MAX, 'no answer to Produce');
  const ackedMs = systemClock.monotonicMs();
  if (produced !== ErrorCode.NONE) return failed(NAME, `the produce was told ${nameOf(produced)}`, LOOK);
  const came = await fetched(kafka, topic);
  if (typeof came === 'string') return failed(NAME, came, LOOK);
  const fetchedMs = systemClock.monotonicMs();
  const differs = difference(record, came);
  if (differs !== undefined)
    return failed(
      NAME,
      `the record at ${topic}-0@0 came back with another ${differs}`,
      'stop, and keep the logs: values are damaged on the way; seaglass bundle',
    );
  const took = `acked after ${Math.round(ackedMs - beganMs)} ms, fetched after ${Math.round(fetchedMs - ackedMs)} ms`;
  return passed(NAME, `${VALUE_BYTES} bytes, key and headers came back byte for byte; ${took}`);
}

/** The record, or what is wrong. It is the only one of a topic that was made for it. */
async function fetched(kafka: DrillClient, topic: string): Promise<KafkaRecord | string> {
  for (let times = 0; times < FETCHES_MAX; times++) {
    const { errorCode, records } = await inTime(kafka.fetch(topic, 0), ANSWER_MS_MAX, 'no answer to Fetch');
    if (errorCode !== ErrorCode.NONE) return `the fetch was told ${nameOf(errorCode)}`;
    const [record] = records;
    if (record !== undefined) return record;
  }
  return `${FETCHES_MAX} fetches brought no record, although it was acked`;
}

type Sent = Pick<KafkaRecord, 'key' | 'value' | 'headers'>;

/** The first part that differs. */
function difference(sent: Sent, came: Sent): string | undefined {
  if (!isSame(sent.key, came.key)) return 'key';
  if (!isSame(sent.value, came.value)) return 'value';
  const isHeader = (index: number): boolean =>
    sent.headers[index]?.key === came.headers[index]?.key &&
    isSame(sent.headers[index]?.value ?? null, came.headers[index]?.value ?? null);
  return sent.headers.length === came.headers.length && sent.headers.every((_, index) => isHeader(index))
    ? undefined
    : 'header';
}

const isSame = (one: Uint8Array | null, other: Uint8Array | null): boolean =>
  one === null || other === null ? one === other : Buffer.compare(one, other) === 0;

const nameOf = (code: number): string => (code === 0 ? 'NONE' : (errorNameOf(code) ?? String(code)));

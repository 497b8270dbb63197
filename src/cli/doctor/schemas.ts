/** The topic that schema registries live on: it must be compacted, of one partition, and readable from its first record to its last. */
import { ErrorCode, errorNameOf } from '../../protocol/error-code';
import type { DrillClient } from '../../drills/run/drill-client';
import { type CheckResult, failed, messageOf, passed, skipped, warned } from './check';
import { inTime } from './in-time';
import { askMetadata, endOf, settingOf } from './questions';

const TOPIC = '_schemas';
/** Of a topic that is longer only the first part is read. */
const RECORDS_MAX = 1_000_000;
const STUCK_MAX = 3;
const FETCH_MS_MAX = 15_000;

export async function schemasCheck(kafka: DrillClient): Promise<CheckResult> {
  try {
    const [topic] = (await askMetadata(kafka, [TOPIC])).topics;
    if (topic?.errorCode === ErrorCode.TOPIC_AUTHORIZATION_FAILED)
      return skipped(TOPIC, 'whoever asks here may not look at it');
    if (topic?.errorCode !== ErrorCode.NONE)
      return skipped(TOPIC, 'there is no topic _schemas; a schema registry makes it');
    if (topic.partitions.length !== 1)
      return failed(
        TOPIC,
        `it has ${topic.partitions.length} partitions`,
        'a registry needs exactly one: make the topic anew with one',
      );
    const policy = (await settingOf(kafka, TOPIC, 'cleanup.policy')) ?? '';
    const read = await readAll(kafka);
    if (typeof read === 'string') return failed(TOPIC, read, `seaglass explain --topic ${TOPIC} --last 3 says why`);
    const found = `${read.records} records, readable from ${read.from} to the end at ${read.end}; cleanup.policy ${policy}`;
    if (policy === 'compact') return passed(TOPIC, found);
    return warned(TOPIC, found, 'set cleanup.policy to compact: retention would delete schemas that are in use');
  } catch (error) {
    return failed(TOPIC, messageOf(error), `seaglass explain --topic ${TOPIC} --last 3 says why`);
  }
}

/** What was read, or what is wrong. */
async function readAll(
  kafka: DrillClient,
): Promise<{ readonly records: number; readonly from: number; readonly end: number } | string> {
  const first = await endOf(kafka, TOPIC, 'earliest');
  const last = await endOf(kafka, TOPIC, 'latest');
  if (first?.errorCode !== ErrorCode.NONE || last?.errorCode !== ErrorCode.NONE)
    return 'where it begins and ends is not told';
  const from = Number(first.offset);
  const end = Number(last.offset);
  let next = from;
  let records = 0;
  let stuck = 0;
  while (next < end && records < RECORDS_MAX) {
    const { errorCode, records: came } = await inTime(
      kafka.fetch(TOPIC, next),
      FETCH_MS_MAX,
      `no answer to a fetch at offset ${next}`,
    );
    if (errorCode !== ErrorCode.NONE)
      return `the fetch at offset ${next} of ${from}..${end - 1} was told ${errorNameOf(errorCode) ?? String(errorCode)}`;
    const before = next;
    next = (came.at(-1)?.offset ?? next - 1) + 1;
    records += came.length;
    stuck = next === before ? stuck + 1 : 0;
    if (stuck >= STUCK_MAX) return `fetches at offset ${next} bring no record, although the log goes on to ${end - 1}`;
  }
  return { records, from, end };
}

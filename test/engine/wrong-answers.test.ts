/**
 * Goal: an answer that cannot be true is told, and no reader is given what would follow from it. Method: the engine side before a scripted
 * record log that answers with nulls, or with 0 for the end of a log whose records it has acked.
 */
import { systemClock } from '../../src/clock';
import { createEngine } from '../../src/engine/create-engine';
import type { Engine, Partition } from '../../src/engine/engine';
import { createRecordLogDialect } from '../../src/engine/record-log/record-log-dialect';
import { DEFAULT_ENGINE_SETTINGS } from '../../src/engine/settings';
import { createTelemetry, type RunningTelemetry } from '../../src/telemetry/create-telemetry';
import { toPartitionId, toTopicId } from '../../src/types';
import { MemorySink } from '../support/memory-sink';
import { type ScriptedRecordLog, startScriptedRecordLog } from '../support/scripted-record-log';
import { appendOf, value } from './batches';
import { asRequest, codeOf, read, recordAt } from './support';

const TOPIC = { name: 't', id: toTopicId('AQEBAQEBAQEBAQEBAQEBAQ'), partitionCount: 1, configs: new Map() };

let script: ScriptedRecordLog;
let sink: MemorySink;
let telemetry: RunningTelemetry;
let engine: Engine;
let partition: Partition;

beforeEach(async () => {
  script = await startScriptedRecordLog();
  sink = new MemorySink();
  telemetry = createTelemetry({ sink });
  const { instruments } = telemetry;
  const settings = DEFAULT_ENGINE_SETTINGS;
  const clock = systemClock;
  const dialect = createRecordLogDialect({ address: script.address, ackMeaning: '', settings, clock, instruments });
  engine = createEngine({ kind: 'embedded', dialect, telemetry, settings, clock });
  partition = engine.partition(TOPIC, toPartitionId(0));
  for (const text of ['zero', 'one']) {
    await asRequest(telemetry, (context) => partition.append(appendOf([value(text)]), context));
  }
});

afterEach(async () => {
  await engine.close();
  telemetry.close();
  script.stop();
});

const contradictions = (kind: string): number | undefined =>
  telemetry.instruments.value('seaglass_engine_contradictions_total', { topic: TOPIC.name, kind });
const endNow = async (): Promise<number> =>
  (await asRequest(telemetry, (context) => partition.range(context))).highWatermark;

test('an answer that is null is refused and told, and the record comes once it is none any more', async () => {
  script.lies.nulls = true;
  expect(await codeOf(read(telemetry, partition, 0))).toBe('contradiction');
  expect(contradictions('answer_null')).toBe(1);
  expect(telemetry.incidents.isOpen('engine_contradicts_itself', `${TOPIC.name}-0`)).toBe(true);
  script.lies.nulls = false;
  expect(String((await recordAt(telemetry, partition, 0)).value)).toBe('zero');
});

test('an end of 0 behind records that were acked is told, asked for once more, and not passed on', async () => {
  script.lies.zeroEnds = 1;
  expect(await endNow()).toBe(2);
  expect(script.calls('range')).toBe(2);
  expect(contradictions('high_watermark_back')).toBe(1);
  expect(telemetry.incidents.isOpen('engine_contradicts_itself', `${TOPIC.name}-0`)).toBe(true);
  expect(String((await recordAt(telemetry, partition, 1)).value)).toBe('one');
});

test('said twice, as by an engine that began anew, it is believed, and told once', async () => {
  script.lies.zeroEnds = 2;
  expect(await endNow()).toBe(0);
  expect(contradictions('high_watermark_back')).toBe(1);
});

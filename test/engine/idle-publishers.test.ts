/**
 * What becomes of publishers that nobody uses for long: SeaweedMQ unloads a partition that nobody has open, so there one stays open for
 * each partition that was written to; the record log's are closed. Time is the test's.
 */
import { createEngine } from '../../src/engine/create-engine';
import type { Engine } from '../../src/engine/engine';
import { createRecordLogDialect } from '../../src/engine/record-log/record-log-dialect';
import { DEFAULT_ENGINE_SETTINGS } from '../../src/engine/settings';
import { createTelemetry, type RunningTelemetry } from '../../src/telemetry/create-telemetry';
import { toPartitionId } from '../../src/types';
import { ManualClock } from '../support/manual-clock';
import { startScriptedRecordLog } from '../support/scripted-record-log';
import { startScriptedSeaweedMQ } from '../support/scripted-seaweedmq';
import { appendOf, value } from './batches';
import { openMqEngine } from './seaweedmq/support';
import { asRequest, makeTopic } from './support';

const settings = DEFAULT_ENGINE_SETTINGS;
/** Sweeps past the age at which an unused publisher may be closed; less than the ping of a silent connection may take. */
const LONG_IDLE_MS = settings.publisherIdleMsMax + 2_000;

async function appenderTo(engine: Engine, telemetry: RunningTelemetry, partitionCount: number) {
  const topic = await makeTopic(engine, telemetry, partitionCount);
  return (partition: number) =>
    asRequest(telemetry, (context) =>
      engine.partition(topic, toPartitionId(partition)).append(appendOf([value('v')]), context),
    );
}

test('on SeaweedMQ one publisher stays open for each partition that was written to, however long nobody writes', async () => {
  const mq = await startScriptedSeaweedMQ();
  const clock = new ManualClock();
  const { engine, telemetry, close } = openMqEngine({ brokers: [mq.address], filer: mq.filer }, {}, clock);
  try {
    const append = await appenderTo(engine, telemetry, 3);
    await Promise.all([append(0), append(0), append(1), append(0), append(1)]);
    expect(mq.publishers).toEqual({ open: 2, unloads: 0 });
    clock.advance(LONG_IDLE_MS);
    // Answered behind the end of a stream, on its connection.
    await append(0);
    await append(1);
    expect(mq.publishers).toEqual({ open: 2, unloads: 0 });
    expect(mq.calls.get('publishMessage')).toBe(2);
  } finally {
    await close();
    telemetry.close();
    await mq.stop();
  }
});

test('on the record log a publisher that nobody used for long is closed, and the next append opens another', async () => {
  const script = await startScriptedRecordLog();
  const clock = new ManualClock();
  const telemetry = createTelemetry();
  const { instruments } = telemetry;
  const dialect = createRecordLogDialect({ address: script.address, ackMeaning: '', settings, clock, instruments });
  const engine = createEngine({ kind: 'embedded', dialect, telemetry, settings, clock });
  try {
    const append = await appenderTo(engine, telemetry, 1);
    await append(0);
    clock.advance(settings.publisherIdleMsMax / 2);
    await append(0);
    expect(script.calls('hello')).toBe(1);
    clock.advance(LONG_IDLE_MS);
    await append(0);
    expect(script.calls('hello')).toBe(2);
  } finally {
    await engine.close();
    telemetry.close();
    script.stop();
  }
});

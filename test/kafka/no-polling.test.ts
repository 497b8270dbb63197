/**
 * Goal: a consumer that waits at the end of the record log costs no question: one stream is opened, and what is appended comes by it.
 * Method: a gateway on a scripted record log, which counts calls; fetches that wait for two seconds in all, then one that is woken.
 */
import { systemClock } from '../../src/clock';
import { createEngine } from '../../src/engine/create-engine';
import { createRecordLogDialect } from '../../src/engine/record-log/record-log-dialect';
import { DEFAULT_ENGINE_SETTINGS } from '../../src/engine/settings';
import { encodeBatch } from '../../src/protocol/encode-batch';
import { ErrorCode } from '../../src/protocol/error-code';
import { readRecords } from '../../src/protocol/record';
import { startTestGateway } from '../support/gateway';
import { startScriptedRecordLog } from '../support/scripted-record-log';

test('fetches that wait at the end ask the engine nothing, and are woken by what its stream brings', async () => {
  const log = await startScriptedRecordLog();
  const settings = DEFAULT_ENGINE_SETTINGS;
  const gateway = await startTestGateway({
    engine: (telemetry) => {
      const { instruments } = telemetry;
      const place = { address: log.address, ackMeaning: 'test' };
      const dialect = createRecordLogDialect({ ...place, settings, clock: systemClock, instruments });
      return createEngine({ kind: 'embedded', dialect, telemetry, settings });
    },
  });
  const asked = () => ({ read: log.calls('read'), range: log.calls('range'), init: log.calls('init') });
  try {
    const topic = await gateway.topic();
    const client = await gateway.client();
    for (const maxWaitMs of [1_500, 500]) {
      const { partition, records } = await client.fetch(topic, 0, { maxWaitMs });
      expect([partition.errorCode, records.byteLength]).toEqual([ErrorCode.NONE, 0]);
    }
    expect(asked()).toEqual({ read: 0, range: 0, init: 1 });
    const waiting = client.fetch(topic, 0, { maxWaitMs: 20_000 });
    const batch = encodeBatch([{ timestamp: Date.now(), key: null, value: Buffer.from('v') }]);
    log.append(batch, { records: 1, nulls: 0, empties: 0, controls: 0, valueBytes: 1n });
    const [record] = readRecords((await waiting).records);
    expect(Buffer.from(record?.value ?? []).toString()).toBe('v');
    expect(asked()).toEqual({ read: 0, range: 0, init: 1 });
  } finally {
    await gateway.close();
    await gateway.engine.close();
    log.stop();
  }
});

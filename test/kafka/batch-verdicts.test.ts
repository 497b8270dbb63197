/**
 * Goal: a batch that does not match its CRC between node and client is told and never delivered.
 * Method: a gateway over a scripted record log that sends a batch with one bit flipped, behind a whole one.
 */
import { createEngine } from '../../src/engine/create-engine';
import { createRecordLogDialect } from '../../src/engine/record-log/record-log-dialect';
import { DEFAULT_ENGINE_SETTINGS } from '../../src/engine/settings';
import { encodeBatch } from '../../src/protocol/encode-batch';
import { ErrorCode } from '../../src/protocol/error-code';
import { systemClock } from '../../src/clock';
import { startTestGateway } from '../support/gateway';
import { startScriptedRecordLog } from '../support/scripted-record-log';

test('a flipped bit is refused, the batch before it is delivered, and both are told', async () => {
  const log = await startScriptedRecordLog();
  const gateway = await startTestGateway({
    engine: (telemetry) => {
      const common = { settings: DEFAULT_ENGINE_SETTINGS, clock: systemClock };
      const dialect = createRecordLogDialect({
        address: log.address,
        ackMeaning: '',
        instruments: telemetry.instruments,
        ...common,
      });
      return createEngine({ kind: 'embedded', dialect, telemetry, ...common });
    },
  });
  try {
    const topic = await gateway.topic();
    const batch = encodeBatch([{ timestamp: 1, key: null, value: Buffer.alloc(384, 7) }]);
    const census = { records: 1, nulls: 0, empties: 0, controls: 0, valueBytes: 384n };
    const flipped = Uint8Array.from(batch);
    flipped[200] = (flipped[200] ?? 0) ^ 1;
    log.append(batch, census);
    log.append(flipped, census);
    const client = await gateway.client('reader');
    const whole = await client.fetch(topic, 0);
    expect(whole.partition.errorCode).toBe(ErrorCode.NONE);
    expect(whole.records).toHaveLength(batch.byteLength);
    const refused = await client.fetch(topic, 1);
    expect(refused.partition.errorCode).toBe(ErrorCode.KAFKA_STORAGE_ERROR);
    expect(refused.records).toHaveLength(0);
    const { services, telemetry } = gateway;
    expect(services.verdicts.list()).toMatchObject([{ topic, offset: 1, verdict: 'altered', consumer: 'reader' }]);
    expect(telemetry.incidents.isOpen('engine_lost_records', `${topic}-0`)).toBe(true);
    const count = (verdict: string) => telemetry.instruments.value('seaglass_value_verdicts_total', { topic, verdict });
    expect([count('match'), count('altered'), count('lost')]).toEqual([1, 1, 0]);
  } finally {
    await gateway.close();
    await gateway.engine.close();
    log.stop();
  }
});

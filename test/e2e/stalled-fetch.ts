/**
 * One fetch that hangs, for whoever wants to see it in Jaeger: an engine that has records and sends none. It exports to
 * OTEL_EXPORTER_OTLP_ENDPOINT; the picture in otel/ is such a trace.
 *
 *     OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 node -r ./test/support/register.cjs test/e2e/stalled-fetch.ts
 */
import { startScriptedRecordLog } from '../support/scripted-record-log';
import { awaitTopic, batchOf, startWholeGateway } from './support';

const TOPIC = 'orders';

async function main(): Promise<void> {
  const endpoint = process.env['OTEL_EXPORTER_OTLP_ENDPOINT'];
  if (endpoint === undefined) throw new Error('set OTEL_EXPORTER_OTLP_ENDPOINT, for instance to http://127.0.0.1:4318');
  const log = await startScriptedRecordLog();
  const gateway = await startWholeGateway({
    flags: { 'node.connect': log.address },
    environment: { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint },
  });
  try {
    const client = await gateway.client('audit-svc');
    await awaitTopic(client, TOPIC);
    await client.produce(TOPIC, batchOf('zero'));
    log.switches.records = false;
    const { records } = await client.fetch(TOPIC, 0, { maxWaitMs: 4_000 });
    process.stdout.write(
      `the fetch hung and was then answered with ${records.byteLength} bytes; search for seaglass.stall=true\n`,
    );
  } finally {
    await gateway.close();
    log.stop();
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
});

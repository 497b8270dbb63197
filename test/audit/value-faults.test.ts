/** Goal: of a request that meets several values that are lost, one failed; of one that was given the true bytes, none. Method: the faults of requests over a real telemetry. */
import { ValueFaults } from '../../src/audit/value-faults';
import type { ValueFault } from '../../src/audit/proofs';
import { VerdictHistory } from '../../src/audit/verdict-history';
import { createTelemetry } from '../../src/telemetry/create-telemetry';
import { toOffset, toPartitionId } from '../../src/types';
import { ManualClock } from '../support/manual-clock';

const fault = (offset: number, repaired: boolean): ValueFault => ({
  ...{ offset: toOffset(offset), lastOffset: toOffset(offset), readOnAt: toOffset(offset + 1) },
  ...{ records: 1, verdict: 'lost', expected: undefined, got: undefined, origin: undefined, repaired },
});

test('one request is one, however many of its values are lost', () => {
  const clock = new ManualClock();
  const telemetry = createTelemetry({ clock });
  const { instruments, incidents, recordWriters: writers, operations } = telemetry;
  const faults = new ValueFaults({ instruments, incidents, history: new VerdictHistory(), writers, clock });
  const fetch = (met: readonly ValueFault[], fails: boolean): void => {
    const operation = operations.root('request', { spanName: 'Fetch' });
    faults.met(met, { topic: 'orders', partition: toPartitionId(0), consumer: 'audit-svc' }, operation);
    if (fails) operation.end('engine_error', { type: 'KAFKA_STORAGE_ERROR', message: 'lost' });
    else operation.end('data');
  };
  fetch([fault(3, true), fault(4, true)], false);
  expect(incidents.current()).toMatchObject([{ target: 'orders-0', failedRequests: 0 }]);
  fetch([fault(5, false), fault(6, false), fault(7, false)], true);
  fetch([fault(5, false), fault(6, false), fault(7, false)], true);
  expect(incidents.current()).toMatchObject([{ target: 'orders-0', failedRequests: 2 }]);
  telemetry.close();
});

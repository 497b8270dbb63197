/** Goal: however many tickets are open, a page is told. Method: more incidents than are kept open, over a real telemetry. */
import { createTelemetry } from '../../src/telemetry/create-telemetry';
import { ManualClock } from '../support/manual-clock';

test('where no more incidents are kept open, a page takes the place of the oldest ticket, and no page that of another', () => {
  const clock = new ManualClock();
  const telemetry = createTelemetry({ clock });
  const { incidents, instruments } = telemetry;
  const open = (kind: 'client_not_reading' | 'engine_lost_records', target: string): void =>
    void incidents.open(kind, target, { evidence: 'is in trouble' });
  for (let client = 0; client < 1_001; client++) open('client_not_reading', `client-${String(client)}`);
  expect(incidents.isOpen('client_not_reading', 'client-1000')).toBe(false);
  open('engine_lost_records', 'orders');
  expect(incidents.isOpen('engine_lost_records', 'orders')).toBe(true);
  expect(incidents.isOpen('client_not_reading', 'client-0')).toBe(false);
  expect(incidents.isOpen('client_not_reading', 'client-1')).toBe(true);
  for (let topic = 0; topic < 1_000; topic++) open('engine_lost_records', `topic-${String(topic)}`);
  expect(incidents.current()).toHaveLength(1_000);
  expect(incidents.isOpen('engine_lost_records', 'orders')).toBe(true);
  expect(incidents.isOpen('client_not_reading')).toBe(false);
  // Each was counted, listed or not.
  expect(instruments.value('seaglass_incidents_total', { kind: 'engine_lost_records' })).toBe(1_001);
  telemetry.close();
});

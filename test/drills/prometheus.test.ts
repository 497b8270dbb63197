/**
 * Goal: where a Prometheus is given, a drill waits for its alert, and says so where it does not come. Method: a real Prometheus with the
 * shipped rules scrapes a gateway on which a value is lost; the drill is run as the command line runs it, then once without the rules.
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describeWithProgram } from '../support/outside-program';
import { startPrometheus } from '../support/prometheus';
import { startDrilledGateway } from './support';

const RULES = join(__dirname, '..', '..', 'otel', 'rules');
const rules = readdirSync(RULES).map((name) => join(RULES, name));

describeWithProgram('prometheus', 'SEAGLASS_TEST_PROMETHEUS')('a drill that asks Prometheus', () => {
  test('sees its alert fire, and nothing else page', async () => {
    const gateway = await startDrilledGateway();
    const prometheus = await startPrometheus(`${gateway.console}/metrics`, { rules });
    try {
      await prometheus.scraped();
      const outcome = await gateway.run('drop-value', { prometheus: prometheus.url, forMs: 60_000 });
      expect(outcome.said.join('\n')).toMatch(/alert +SeaglassRecordsLost +[\d.]+ s/);
      expect(outcome.strangers).toEqual([]);
      expect(outcome.passed).toBe(true);
    } finally {
      await prometheus.stop();
      await gateway.close();
    }
  }, 120_000);

  test('fails where it does not', async () => {
    const gateway = await startDrilledGateway();
    const prometheus = await startPrometheus(`${gateway.console}/metrics`);
    try {
      const outcome = await gateway.run('flip-bit', { prometheus: prometheus.url, forMs: 5_000 });
      expect(outcome.said.join('\n')).toMatch(/alert +SeaglassRecordsLost +NOT SEEN/);
      expect(outcome.passed).toBe(false);
    } finally {
      await prometheus.stop();
      await gateway.close();
    }
  }, 120_000);
});

/**
 * Goal: a panel of counts shows what a series begins with, shows a restart's counts as new and nothing of what was counted before anybody looked.
 * Method: series written by hand, and promtool, which evaluates the query over them.
 */
import { describeWithProgram } from '../support/outside-program';
import { AGREES, askPromtool, PROMTOOL } from '../support/promtool';
import { counted } from './panels';

/** Every 15 seconds a sample; `new` counts its first error after five minutes, `late` is then scraped for the first time, `again` starts anew. */
const SERIES = {
  new: { connections: '0x40', errors: '_x20 1x20' },
  late: { connections: '_x20 0x20', errors: '_x20 5000x20' },
  again: { connections: '0x20 stale 0x19', errors: '7x20 stale _ 2x18' },
};

describeWithProgram(...PROMTOOL)('promtool', () => {
  test.each([
    ['5m', { new: 1, again: 0 }],
    ['5m45s', { new: 1, late: 0, again: 2 }],
    ['7m', { new: 0, late: 0, again: 0 }],
  ])('at %s', (evalTime, shown) => {
    const expr = counted('instance', 'seaglass_request_errors_total{$S}')
      .replaceAll('$S', 'job="seaglass"')
      .replaceAll('$R', '1m');
    const series = Object.entries(SERIES).flatMap(([instance, { connections, errors }]) => {
      const labels = `{job="seaglass", instance="${instance}"}`;
      return [
        { series: `seaglass_connections${labels}`, values: connections },
        { series: `seaglass_request_errors_total${labels}`, values: errors },
      ];
    });
    const samples = Object.entries(shown).map(([instance, value]) => ({ labels: `{instance="${instance}"}`, value }));
    expect(askPromtool(series, [{ expr, evalTime, samples }])).toEqual(AGREES);
  });
});

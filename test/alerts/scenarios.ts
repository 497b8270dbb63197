/**
 * promtool's tests of one alert, made of its entry in the table: it fires in time, not before, and is over in time; too little does not fire
 * it; a gateway that stops, one that is started again, counters that are born above zero and series that are young do not fire it; the
 * topic past the cap does. An incident has a series only while it is open, so what is in order has none of its kind: there every other kind is
 * open instead. Scrapes and evaluations are two seconds apart, as in otel/prometheus.yml.
 */
import type { AlertTrouble, Signal } from './alert-table';

const STEP_S = 2;
const CALM_S = 60;
/** So many topics have series of their own. */
const TOPICS_SHOWN = 200;
const WHERE = { job: 'seaglass', instance: 'g:1' };

/** `gone`: the process is not there; behind it counters begin anew. */
interface Stretch {
  readonly state: 'calm' | 'bad' | 'gone' | 'unborn';
  readonly seconds: number;
}

interface Look {
  readonly atS: number;
  /** What fires then. */
  readonly firing: readonly Readonly<Record<string, string>>[];
  /** Up to then at any time, too. */
  readonly everS?: number;
}

interface PromtoolTest {
  readonly name: string;
  readonly interval: string;
  readonly input_series: readonly { readonly series: string; readonly values: string }[];
  readonly promql_expr_test: readonly object[];
}

/** `others`: incidents that it has nothing to say of. */
export function scenariosOf(trouble: AlertTrouble, others: readonly Signal[]): PromtoolTest[] {
  const { alert, severity, labels, signals, quietS, firesS, overS, almost, topicLabel } = trouble;
  const firing = [{ ...WHERE, ...labels, severity }];
  const badS = firesS + CALM_S;
  const tests: PromtoolTest[] = [];
  const add = (
    name: string,
    stretches: readonly Stretch[],
    looks: readonly Look[],
    shown: readonly Signal[] = signals,
    bornAt = 0,
  ) => {
    tests.push({
      name: `${alert} ${name}`,
      interval: `${STEP_S}s`,
      input_series: shown.map((signal) => ({
        series: seriesOf(signal),
        values: valuesOf(signal, stretches, bornAt),
      })),
      promql_expr_test: looks.map((look) => lookFor(alert, look)),
    });
  };
  const calm = { state: 'calm', seconds: CALM_S } as const;
  const quiet = (...times: readonly number[]): Look[] => times.map((atS) => ({ atS, firing: [] }));
  const beside = [...signals, ...others];
  const neverUntil = (atS: number): Look => ({ atS, firing: [], everS: atS });

  add(
    'fires in time and is over in time',
    [calm, { state: 'bad', seconds: badS }, { state: 'calm', seconds: overS + CALM_S }],
    [neverUntil(CALM_S + quietS - STEP_S), { atS: CALM_S + firesS, firing }, ...quiet(CALM_S + badS + overS)],
  );
  for (const { what, signals: shown, seconds = badS } of almost)
    add(
      `does not fire ${what}`,
      [calm, { state: 'bad', seconds }, { state: 'calm', seconds: overS + CALM_S }],
      [neverUntil(CALM_S + seconds + overS + CALM_S - STEP_S)],
      shown,
    );
  add(
    'fires in time for series that are born in trouble',
    [
      { state: 'unborn', seconds: CALM_S },
      { state: 'bad', seconds: badS },
    ],
    // The first sample of a counter is no step.
    [...quiet(CALM_S - STEP_S), { atS: CALM_S + firesS + STEP_S, firing }],
  );
  if (trouble.alert !== 'SeaglassGatewayDown')
    add(
      'is over when the gateway stops, and does not come back with it',
      [calm, { state: 'bad', seconds: badS }, { state: 'gone', seconds: overS }, { state: 'calm', seconds: CALM_S }],
      quiet(CALM_S + badS + overS, CALM_S + badS + overS + 20, CALM_S + badS + overS + CALM_S - STEP_S),
    );
  add(
    'does not fire when the gateway is started again, whatever its counters were',
    [calm, { state: 'gone', seconds: 20 }, { state: 'calm', seconds: badS }],
    quiet(CALM_S, CALM_S + 22, CALM_S + 40, CALM_S + 20 + badS - STEP_S),
    beside,
    7,
  );
  add(
    'does not fire for counters that are born above zero, nor for young series',
    [
      { state: 'unborn', seconds: CALM_S },
      { state: 'calm', seconds: badS },
    ],
    quiet(CALM_S, CALM_S + 4, CALM_S + 30, CALM_S + badS - STEP_S),
    beside,
    7,
  );
  if (topicLabel !== undefined) {
    const from = labels[topicLabel] ?? '';
    const topics = Array.from({ length: TOPICS_SHOWN + 1 }, (_, index) => `topic_${index + 1}`);
    const stretches: readonly Stretch[] = [
      { state: 'unborn', seconds: CALM_S },
      { state: 'bad', seconds: badS },
    ];
    tests.push({
      name: `${alert} names each topic, the 201st, too`,
      interval: `${STEP_S}s`,
      input_series: topics
        .flatMap((topic) => signals.map((signal) => ({ ...signal, labels: renamed(signal.labels, from, topic) })))
        .map((signal) => ({ series: seriesOf(signal), values: valuesOf(signal, stretches, 0) })),
      promql_expr_test: [
        lookFor(alert, {
          atS: CALM_S + firesS + STEP_S,
          firing: topics.map((topic) => ({ ...WHERE, ...renamed(labels, from, topic), severity })),
        }),
      ],
    });
  }
  return tests;
}

function renamed(labels: Readonly<Record<string, string>>, from: string, to: string): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).map(([label, value]) => [label, value === from ? to : value]));
}

function lookFor(alert: string, { atS, firing, everS }: Look): object {
  const fires = `ALERTS{alertname="${alert}", alertstate="firing"}`;
  return {
    expr: everS === undefined ? fires : `count_over_time(${fires}[${everS}s])`,
    eval_time: `${atS}s`,
    exp_samples: firing.map((labels) => ({
      labels: selector('ALERTS', { alertname: alert, alertstate: 'firing', ...labels }),
      value: 1,
    })),
  };
}

const seriesOf = ({ name, labels }: Signal): string => selector(name, { ...WHERE, ...labels });

function selector(name: string, labels: Readonly<Record<string, string>>): string {
  const parts = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  return `${name}{${parts.join(', ')}}`;
}

/** One token for each sample. */
function valuesOf({ type, calm, bad }: Signal, stretches: readonly Stretch[], bornAt: number): string {
  const tokens: string[] = [];
  let value = bornAt;
  let isThere = false;
  for (const { state, seconds } of stretches) {
    for (let sample = 0; sample < seconds / STEP_S; sample++) {
      const given = state === 'calm' ? calm : state === 'bad' ? bad : undefined;
      if (given === undefined) {
        tokens.push(isThere ? 'stale' : '_');
        value = state === 'gone' ? 0 : value;
      } else {
        // A counter that calms down stands where it is.
        value = type === 'gauge' ? given : value + (isThere ? given : 0);
        tokens.push(String(value));
      }
      isThere = given !== undefined;
    }
  }
  return tokens.join(' ');
}

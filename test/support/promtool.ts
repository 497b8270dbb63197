/** What queries come to over series that a test has, evaluated by promtool. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from './outside-program';

export const PROMTOOL = ['promtool', 'SEAGLASS_TEST_PROMTOOL'] as const;
/** Seconds between two samples. */
export const SAMPLE_S = 15;

export interface InputSeries {
  readonly series: string;
  /** In promtool's notation, a sample every 15 seconds. */
  readonly values: string;
}

export interface Expected {
  readonly expr: string;
  readonly evalTime: string;
  readonly samples: readonly { readonly labels: string; readonly value: number }[];
}

/** How promtool ended, and its words where it found anything else than what is expected. */
export function askPromtool(series: readonly InputSeries[], expected: readonly Expected[]) {
  const directory = mkdtempSync(join(tmpdir(), 'seaglass-promtool-'));
  try {
    const file = join(directory, 'tests.json');
    const interval = `${String(SAMPLE_S)}s`;
    const promql_expr_test = expected.map(({ expr, evalTime, samples }) => ({
      ...{ expr, eval_time: evalTime, exp_samples: samples },
    }));
    const tests = [{ interval, input_series: series, promql_expr_test }];
    writeFileSync(file, JSON.stringify({ rule_files: [], evaluation_interval: interval, tests }));
    const program = findProgram(...PROMTOOL) ?? 'promtool';
    const { status, stdout, stderr } = spawnSync(program, ['test', 'rules', file], { encoding: 'utf8' });
    return { status, output: status === 0 ? '' : stdout + stderr };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** promtool found what was expected. */
export const AGREES = { status: 0, output: '' } as const;

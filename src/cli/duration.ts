/** Times as people type them: 500ms, 30s, 10m, 2h, 7d. */
import { UsageError } from './usage-error';

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds. Throws UsageError that names `flag`. */
export function parseDuration(text: string, flag: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text.trim());
  const ms = match === null ? 0 : Math.round(Number(match[1]) * (UNIT_MS[match[2] ?? ''] ?? 0));
  if (ms < 1) throw new UsageError(`${flag}: "${text}" is no time; write 500ms, 30s, 10m, 2h or 7d`);
  return ms;
}

/** Figures and times as people read them. */

/** 12:00:01.123, UTC. */
export const timeOfDay = (ms: number): string => new Date(ms).toISOString().slice(11, 23);

export const instant = (ms: number): string => new Date(ms).toISOString();

/** 0.4 ms, 12 ms, 4.01 s. */
export function duration(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(ms < 100_000 ? 2 : 0)} s`;
}

export const count = (number: number, one: string, many = `${one}s`): string =>
  `${number} ${number === 1 ? one : many}`;

/** From when to when; one time where they are the same. */
export function span(fromMs: number, toMs: number): string {
  const from = timeOfDay(fromMs);
  const to = timeOfDay(toMs);
  return from === to ? from : `${from}..${to}`;
}

/** `(client a, group b)`, as far as they are known; with a space before it. */
export function who(client: string, group: string): string {
  const named = [client === '' ? '' : `client ${client}`, group === '' ? '' : `group ${group}`].filter(
    (each) => each !== '',
  );
  return named.length === 0 ? '' : ` (${named.join(', ')})`;
}

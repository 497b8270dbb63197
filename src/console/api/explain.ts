/** /api/explain: why requests took as long as they did. `?format=text` for people. */
import { explain } from '../explain/explanation';
import { explanationText } from '../explain/explanation-text';
import { findTraces, type Question } from '../explain/find-traces';
import type { ExplainSources } from '../explain/sources';
import { type Reply, type Route, refused } from './route';

const LIMIT_MAX = 100;
const PARAMETERS =
  'trace=ID, or any of topic, partition, offset, client, group, api, since=MS (how long ago); slowest=1, limit, format=text';

export const explainRoute = (sources: ExplainSources): Route => ({
  method: 'GET',
  path: '/api/explain',
  summary: `why requests took so long: ${PARAMETERS}`,
  answer: ({ query }) => answer(query, sources),
});

function answer(query: URLSearchParams, sources: ExplainSources): Reply {
  const question = questionOf(query, sources.clock.nowMs());
  if (typeof question === 'string') return refused(`${question}; known: ${PARAMETERS}`);
  const explanations = explain(findTraces(question, sources), sources);
  if (query.get('format') !== 'text') return { status: 200, body: { explanations } };
  const body = explanations.length === 0 ? NOTHING : explanations.map(explanationText).join('\n\n');
  return { status: explanations.length === 0 ? 404 : 200, body };
}

/** What is wrong, in words, where it cannot be asked so. */
function questionOf(query: URLSearchParams, nowMs: number): Question | string {
  const text = (name: string): string | undefined => query.get(name) ?? undefined;
  const numbers: Record<string, number | undefined> = {};
  for (const name of ['partition', 'offset', 'since', 'limit']) {
    const given = text(name);
    if (given === undefined) continue;
    if (!/^\d{1,15}$/.test(given)) return `${name} must be a whole number, not "${given}"`;
    numbers[name] = Number(given);
  }
  const traceId = text('trace');
  if (traceId !== undefined && !/^[0-9a-f]{32}$/.test(traceId)) return `trace must be 32 hex digits, not "${traceId}"`;
  const { partition, offset, since, limit = 1 } = numbers;
  const given = {
    ...{ traceId, topic: text('topic'), partition, offset, clientId: text('client'), group: text('group') },
    ...{ api: text('api'), sinceMs: since === undefined ? undefined : nowMs - since },
  };
  return {
    ...definedOf(given),
    slowest: query.get('slowest') === '1',
    limit: Math.min(Math.max(1, limit), LIMIT_MAX),
  };
}

function definedOf<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}

const NOTHING = `nothing is known that fits.

Traces are kept here where something was slow, late, failed or unusual, the last 1,000 of them; what is in flight is always known. To keep
all of one client or topic for a time, target it; an older trace may still be in the trace store.`;

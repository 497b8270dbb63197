/** /api/runtime: what can be changed while it runs, and how it stands; POST changes it. */
import { z } from 'zod';
import { RUNTIME_VALUES, type RuntimeKey, type RuntimeSettings } from '../../telemetry/runtime-settings';
import { refused, type Route } from './route';

const FOR_MS_MAX = 7 * 24 * 3_600_000;
const keys = Object.keys(RUNTIME_VALUES) as [RuntimeKey, ...RuntimeKey[]];
const CHANGE = z.strictObject({
  key: z.enum(keys),
  value: z.string(),
  forMs: z.number().int().min(1).max(FOR_MS_MAX).optional(),
});
const ALLOWED = `{"key": ${keys.map((key) => `"${key}"`).join(' or ')}, "value": text, "forMs": 1 to ${FOR_MS_MAX}, or absent}`;

export const runtimeRoutes = (runtime: RuntimeSettings): readonly Route[] => [
  {
    method: 'GET',
    path: '/api/runtime',
    summary: 'the log level and which traces are kept',
    answer: () => ({ status: 200, body: { settings: runtime.current() } }),
  },
  {
    method: 'POST',
    path: '/api/runtime',
    shows: ['key', 'value', 'forMs'],
    summary: 'changes one of them, for a time or for good',
    answer({ body, by }) {
      const change = CHANGE.safeParse(body);
      if (!change.success) return refused(`expected ${ALLOWED}`);
      const { key, value } = change.data;
      if (!Object.hasOwn(RUNTIME_VALUES[key], value))
        return refused(`${key} may be ${Object.keys(RUNTIME_VALUES[key]).join(', ')}`);
      runtime.change({ ...change.data, by });
      return { status: 200, body: { settings: runtime.current() } };
    },
  },
];

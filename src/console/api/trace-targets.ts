/** /api/trace-targets: whose traces are all kept for a while; begun and ended by POST. */
import { z } from 'zod';
import { TARGET_MS_MAX, type TraceTargets } from '../../telemetry/trace/trace-targets';
import { ok, type Reply, type Route } from './route';

const name = z.string().min(1).max(249).optional();
const COMMAND = z.discriminatedUnion('do', [
  z.strictObject({
    do: z.literal('start'),
    client: name,
    topic: name,
    group: name,
    forMs: z.number().int().min(1_000).max(TARGET_MS_MAX),
  }),
  z.strictObject({ do: z.literal('stop'), id: z.string().max(32) }),
]);

export const traceTargetRoutes = (targets: TraceTargets): readonly Route[] => [
  {
    method: 'GET',
    path: '/api/trace-targets',
    summary: 'whose traces are all kept for a while',
    answer: () => ok({ targets: targets.list() }),
  },
  {
    method: 'POST',
    path: '/api/trace-targets',
    shows: ['do', 'id', 'client', 'topic', 'group', 'forMs'],
    summary: 'keeps all traces of a client, topic or group for a while, or ends that',
    answer: ({ body, by }) => answer(body, targets, by),
  },
];

function answer(body: unknown, targets: TraceTargets, by: string): Reply {
  const command = COMMAND.safeParse(body);
  if (!command.success)
    return refused(400, command.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
  if (command.data.do === 'stop') {
    const ended = targets.remove(command.data.id, `ended by ${by}`);
    return ended ? ok({ targets: targets.list() }) : refused(404, `there is no target ${command.data.id}`);
  }
  const { forMs, client, topic, group } = command.data;
  try {
    const names = { client, topic, group };
    return ok({ target: targets.add(names, forMs, `asked by ${by}`), targets: targets.list() });
  } catch (error) {
    if (error instanceof RangeError) return refused(409, error.message);
    throw error;
  }
}

const refused = (status: number, error: string): Reply => ({ status, body: { error } });

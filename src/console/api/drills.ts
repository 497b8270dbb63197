/** /api/drills: what runs and what came of what ran; begun, ended and judged by POST. */
import { z } from 'zod';
import { DRILL_NAMES, type DrillName, drillOf, isDrill, refusalOf, topicRefusalOf } from '../../drills/drill-list';
import { DRILL_MS_MAX, type Drills } from '../../drills/drills';
import type { Reply, Route } from './route';

const name = z.custom<DrillName>((value) => typeof value === 'string' && isDrill(value));
const ms = z.number().int().min(1).max(DRILL_MS_MAX);
const COMMAND = z.discriminatedUnion('do', [
  z.strictObject({
    do: z.literal('start'),
    drill: name,
    forMs: ms,
    delayMs: ms.optional(),
    topic: z.string().min(1).max(249).optional(),
  }),
  z.strictObject({ do: z.literal('stop'), drill: name }),
  z.strictObject({ do: z.literal('result'), drill: name, passed: z.boolean(), detectMs: z.number().min(0).optional() }),
]);

/** Undefined drills: the gateway was not started for them. */
export const drillRoutes = (drills: Drills | undefined, bootstrap: string): readonly Route[] => [
  {
    method: 'GET',
    path: '/api/drills',
    summary: 'what is drilled and what came of it',
    answer: () => ({ status: 200, body: drillsView(drills, bootstrap) }),
  },
  {
    method: 'POST',
    path: '/api/drills',
    shows: ['do', 'drill', 'forMs', 'delayMs', 'topic', 'passed'],
    summary: 'begins, ends or judges a drill',
    answer: ({ body }) => commandDrills(body, drills),
  },
];

/** Without drills it says how they are enabled. */
function drillsView(drills: Drills | undefined, bootstrap: string): object {
  return {
    enabled: drills !== undefined,
    bootstrap,
    engine: drills?.engine,
    running: drills?.running() ?? [],
    results: drills?.results() ?? [],
    drills: DRILL_NAMES.map((drill) => ({
      drill,
      what: drillOf(drill, drills?.engine).what,
      refused: drills && refusalOf(drill, drills.engine),
    })),
  };
}

function commandDrills(body: unknown, drills: Drills | undefined): Reply {
  if (drills === undefined) return refused(403, 'drills are not enabled; start the gateway with --drills-enabled true');
  const command = COMMAND.safeParse(body);
  if (!command.success)
    return refused(400, command.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
  switch (command.data.do) {
    case 'start':
      return start(command.data, drills);
    case 'stop':
      drills.stop(command.data.drill);
      return { status: 200, body: {} };
    case 'result': {
      const { drill, passed, detectMs } = command.data;
      drills.record({ drill, passed, detectMs });
      return { status: 200, body: {} };
    }
  }
}

function start(
  { drill, forMs, topic, delayMs }: Extract<z.infer<typeof COMMAND>, { do: 'start' }>,
  drills: Drills,
): Reply {
  const refusal = refusalOf(drill, drills.engine) ?? (topic === undefined ? undefined : topicRefusalOf(drill));
  if (refusal !== undefined) return refused(409, refusal);
  const needsNode = drillOf(drill, drills.engine).faults.some(({ effect }) => effect === 'fill_disk');
  if (needsNode && !drills.reachesNode)
    return refused(409, `${drill} needs an embedded node in the gateway's own process`);
  const running = drills.start({
    drill,
    forMs,
    ...(topic === undefined ? {} : { topic }),
    ...(delayMs === undefined ? {} : { delayMs }),
  });
  return { status: 200, body: running };
}

function refused(status: number, error: string): Reply {
  return { status, body: { error } };
}

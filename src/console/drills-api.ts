/**
 * /api/drills: what runs and what came of what ran; begun, ended and judged by POST with a JSON body. A web page of elsewhere cannot send
 * one: its browser asks first whether it may, and is not answered that it may.
 */
import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { DRILL_NAMES, type DrillName, drillOf, isDrill } from '../drills/drill-list';
import { DRILL_MS_MAX, type Drills } from '../drills/drills';

export interface DrillsAnswer {
  readonly status: number;
  readonly body: unknown;
}

const BODY_CHARACTERS_MAX = 4 * 1024;

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

/** What GET shows. Without drills it says how they are enabled. */
export function drillsView(drills: Drills | undefined, bootstrap: string): unknown {
  return {
    enabled: drills !== undefined,
    bootstrap,
    running: drills?.running() ?? [],
    results: drills?.results() ?? [],
    drills: DRILL_NAMES.map((drill) => ({ drill, what: drillOf(drill).what })),
  };
}

export async function commandDrills(request: IncomingMessage, drills: Drills | undefined): Promise<DrillsAnswer> {
  if (drills === undefined) return refused(403, 'drills are not enabled; start the gateway with --drills-enabled true');
  if (request.headers['content-type']?.startsWith('application/json') !== true)
    return refused(415, 'expected content-type application/json');
  const body = await bodyOf(request);
  const command = COMMAND.safeParse(body);
  if (!command.success)
    return refused(400, command.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
  switch (command.data.do) {
    case 'start':
      return start(command.data, drills);
    case 'stop':
      drills.stop(command.data.drill);
      return { status: 200, body: {} };
    case 'result':
      drills.record({ ...command.data, detectMs: command.data.detectMs });
      return { status: 200, body: {} };
  }
}

function start(
  { drill, forMs, topic, delayMs }: Extract<z.infer<typeof COMMAND>, { do: 'start' }>,
  drills: Drills,
): DrillsAnswer {
  const needsNode = drillOf(drill).faults.some(({ effect }) => effect === 'fill_disk');
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

function refused(status: number, error: string): DrillsAnswer {
  return { status, body: { error } };
}

/** Undefined where it is too long or no JSON. */
async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = '';
  request.setEncoding('utf8');
  for await (const piece of request as AsyncIterable<string>) {
    text += piece;
    if (text.length > BODY_CHARACTERS_MAX) return undefined;
  }
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

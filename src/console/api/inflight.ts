/**
 * What waits now, grouped by what it waits for, with phase and age. Whoever reads it wants the cause before the list: so who is to blame
 * comes first, then what exactly, then the rows, the most overdue first.
 */
import { type IncidentKind, INCIDENT_KINDS } from '../../telemetry/incidents/incident-kinds';
import type { Incident } from '../../telemetry/incidents/incidents';
import { targetOf } from '../../telemetry/incidents/waiting-requests';
import type { InflightOperation } from '../../telemetry/trace/inflight';
import {
  type Blame,
  type OperationDeclaration,
  type OperationName,
  OPERATIONS,
} from '../../telemetry/trace/operations';
import type { ConsoleSources } from '../sources';
import { ok, type Route } from './route';

/** Who is waited for; of clients' groups apart. `idle`: nobody is to blame, there is nothing new to read. */
type WaitsFor = Blame | 'group';

export interface WaitingRow {
  readonly id: string;
  readonly path: string;
  readonly phase: string;
  /** `orders-1@576`, as far as it is known. */
  readonly place: string;
  readonly client: string;
  readonly group: string;
  readonly ageMs: number;
  readonly budgetMs: number;
  /** Greater than 0 where it waits longer than it may. */
  readonly overdueMs: number;
  readonly stalls: number;
  readonly traceId: string;
  readonly channel: string;
}

export interface WaitingGroup {
  readonly key: string;
  readonly blame: WaitsFor;
  /** In words: `range.info at 127.0.0.1:17777`. */
  readonly what: string;
  readonly waiting: number;
  readonly overdue: number;
  readonly oldestMs: number;
  /** The open incident that explains it. */
  readonly incident: { readonly id: number; readonly target: string; readonly meaning: string } | undefined;
  readonly rows: readonly WaitingRow[];
}

export interface Waiting {
  /** Operations in flight, those included that wait for a child of theirs. */
  readonly total: number;
  readonly waiting: number;
  readonly overdue: number;
  /** Rows, the most urgent. */
  readonly shown: number;
  /** Those with rows. */
  readonly groups: readonly WaitingGroup[];
}

const ROWS_MAX = 500;
const LOOKED_AT_MAX = 2_000;

/** The life of a session is no wait of anybody. */
const NO_WAITS: ReadonlySet<string> = new Set(['subscriber.session']);
/** What the console itself asks. */
const OWN_QUESTIONS = /^(?:readiness|console )/;
const IN_ORDER: readonly WaitsFor[] = ['engine', 'gateway', 'group', 'client', 'idle'];

export function waiting({ telemetry }: Pick<ConsoleSources, 'telemetry'>): Waiting {
  const inflight = telemetry.inflight(LOOKED_AT_MAX);
  const leaves = inflight.operations.filter(
    (each) => each.waiting && !NO_WAITS.has(each.phase) && !OWN_QUESTIONS.test(each.chain),
  );
  const targets = onlyTargets(leaves);
  const open = telemetry.incidents.current();
  const groups = new Map<string, InflightOperation[]>();
  for (const each of leaves) {
    const key = `${blameOf(each)} ${whatOf(each, targets)}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [each]);
    else group.push(each);
  }
  let left = ROWS_MAX;
  const urgent = [...groups].sort(([, a], [, b]) => byUrgency(a, b));
  const shown: WaitingGroup[] = [];
  for (const [key, operations] of urgent) {
    if (left === 0) break;
    const rows = operations.slice(0, left).map(rowOf);
    left -= rows.length;
    shown.push({ key, ...headOf(operations, { open, targets }), rows });
  }
  return {
    total: inflight.total,
    waiting: leaves.length,
    overdue: leaves.filter(isOverdue).length,
    shown: ROWS_MAX - left,
    groups: shown,
  };
}

export const inflightRoute = (sources: Pick<ConsoleSources, 'telemetry'>): Route => ({
  method: 'GET',
  path: '/api/inflight',
  summary: 'what waits now, grouped by what it waits for',
  answer: () => ok(waiting(sources)),
});

function headOf(
  operations: readonly InflightOperation[],
  { open, targets }: { readonly open: readonly Incident[]; readonly targets: OnlyTargets },
): Omit<WaitingGroup, 'rows' | 'key'> {
  const [first] = operations;
  const blame = first === undefined ? 'gateway' : blameOf(first);
  const what = first === undefined ? '' : whatOf(first, targets);
  const incident = incidentOf(operations, blame, open);
  return {
    blame,
    what,
    waiting: operations.length,
    overdue: operations.filter(isOverdue).length,
    oldestMs: Math.max(...operations.map(({ ageMs }) => ageMs)),
    incident:
      incident === undefined
        ? undefined
        : { id: incident.id, target: incident.target, meaning: INCIDENT_KINDS[incident.kind].meaning },
  };
}

/** The one that is about what they wait for; of a phase that names no target the one that is about an engine's, where it is alone. */
function incidentOf(
  operations: readonly InflightOperation[],
  blame: WaitsFor,
  open: readonly Incident[],
): Incident | undefined {
  // Who waits for what is not there yet waits for nothing that could be wrong.
  if (blame === 'idle') return undefined;
  const concerned = open.find((each) => operations.some((operation) => concerns(each, operation)));
  if (concerned !== undefined || blame !== 'engine') return concerned;
  const [only, another] = open.filter(({ kind }) => OF_ENGINE.has(kind));
  return another === undefined && operations.every(({ attributes }) => addressOf(attributes) === undefined)
    ? only
    : undefined;
}

const OF_ENGINE: ReadonlySet<IncidentKind> = new Set<IncidentKind>(['engine_unreachable', 'engine_silent']);

const isOverdue = ({ overdueMs }: InflightOperation): boolean => overdueMs > 0;

/** Overdue ones first, then by who is to blame, then the many. */
function byUrgency(a: readonly InflightOperation[], b: readonly InflightOperation[]): number {
  const overdue = Number(b.some(isOverdue)) - Number(a.some(isOverdue));
  const rank = ([first]: readonly InflightOperation[]): number =>
    first === undefined ? 0 : IN_ORDER.indexOf(blameOf(first));
  return overdue || rank(a) - rank(b) || b.length - a.length;
}

function blameOf({ phase }: InflightOperation): WaitsFor {
  if (phase.startsWith('group.')) return 'group';
  const declared: OperationDeclaration = OPERATIONS[phase as OperationName];
  return declared.blame ?? 'gateway';
}

function whatOf({ phase, attributes }: InflightOperation, targets: OnlyTargets): string {
  if (phase === 'long_poll') return 'nothing new to read';
  if (phase === 'response.turn') return 'an earlier request of its connection to be answered';
  if (phase === 'response.write') return 'the client takes its answer from the socket';
  if (phase === 'throttle') return `the client is over its quota of ${String(attributes['seaglass.throttle.quota'])}`;
  const group = attributes['messaging.consumer.group.name'];
  if (phase.startsWith('group.') && group !== undefined) return `${phase} of group ${String(group)}`;
  const address = addressOf(attributes) ?? targets.get(phase);
  return address === undefined ? phase : `${phase} at ${address}`;
}

/** By phase: the one target that is waited for in it; undefined where there are several. */
type OnlyTargets = ReadonlyMap<string, string | undefined>;

/** Who joins a wait of another names no target of its own: it is that of the phase, where the phase has one. */
function onlyTargets(operations: readonly InflightOperation[]): OnlyTargets {
  const targets = new Map<string, string | undefined>();
  for (const { phase, attributes } of operations) {
    const address = addressOf(attributes);
    if (address === undefined) continue;
    targets.set(phase, !targets.has(phase) || targets.get(phase) === address ? address : undefined);
  }
  return targets;
}

const addressOf = (attributes: InflightOperation['attributes']): string | undefined =>
  targetOf((key) => attributes[key]);

/** Whether the operation waits for what the incident is about. */
function concerns({ target }: Incident, { attributes }: InflightOperation): boolean {
  const topic = attributes['messaging.destination.name'];
  const partition = attributes['messaging.destination.partition.id'];
  return (
    target === addressOf(attributes) ||
    target === topic ||
    (topic !== undefined && target === `${String(topic)}-${String(partition)}`) ||
    target === attributes['messaging.consumer.group.name'] ||
    target === attributes['messaging.client.id']
  );
}

function rowOf(operation: InflightOperation): WaitingRow {
  const { attributes, spanId, path, phase, ageMs, budgetMs, overdueMs, stalls, traceId } = operation;
  const text = (name: string): string => String(attributes[name] ?? '');
  return {
    ...{ id: spanId, path, phase, ageMs, budgetMs, overdueMs, stalls, traceId },
    place: placeOf(attributes),
    client: text('messaging.client.id'),
    group: text('messaging.consumer.group.name'),
    channel: text('seaglass.engine.channel_state'),
  };
}

/** `orders-1@576`, or `orders`; empty where no topic is known. */
function placeOf(attributes: InflightOperation['attributes']): string {
  const topic = attributes['messaging.destination.name'];
  if (topic === undefined) return '';
  const partition = attributes['messaging.destination.partition.id'];
  if (partition === undefined) return String(topic);
  const offset = attributes['kafka.offset'];
  return `${String(topic)}-${String(partition)}${offset === undefined ? '' : `@${String(offset)}`}`;
}

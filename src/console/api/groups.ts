/** Consumer groups: members, generation, what they have committed and how far that is from the end; who is stuck, who never commits. */
import type { Group } from '../../kafka/groups/classic/group';
import { COMMITTED_NAMED_MAX } from '../../telemetry/metrics/group-instruments';
import { clientName } from '../../telemetry/trace/client-name';
import type { ConsoleSources } from '../sources';
import { ok, type Route } from './route';
import { StoredCommits } from './stored-commits';

type GroupSources = Pick<ConsoleSources, 'telemetry' | 'groups' | 'clock'>;

interface GroupPartition {
  readonly topic: string;
  readonly partition: number;
  readonly committed: number;
  /** Undefined where the end of the log is not known yet. */
  readonly lag: number | undefined;
}

export interface ShownGroup {
  readonly name: string;
  /** Empty … Dead; `no members here` where only offsets are known. */
  readonly state: string;
  readonly generation: number | undefined;
  readonly protocol: string | undefined;
  readonly members: readonly {
    readonly id: string;
    readonly client: string;
    readonly host: string;
    readonly instance: string | undefined;
    readonly sessionTimeoutMs: number;
  }[];
  readonly memberCount: number;
  /** Of the partitions whose lag is known. */
  readonly lag: number | undefined;
  readonly partitions: readonly GroupPartition[];
  /** False where it may have committed in other partitions, too: what is stored was not read, or is more than is kept here. */
  readonly complete: boolean;
  /** What is wrong, by open incidents: stuck, never commits, and so on. */
  readonly troubles: readonly { readonly kind: string; readonly sentence: string }[];
}

const GROUPS_SHOWN = 500;
const MEMBERS_SHOWN = 100;

export function groupsRoute(sources: GroupSources): Route {
  const stored = new StoredCommits(sources);
  return {
    method: 'GET',
    path: '/api/groups',
    summary: 'consumer groups with members, commits and lag (?match=)',
    answer: ({ query }) => ok(groups(sources, stored, query.get('match') ?? '')),
  };
}

function groups({ telemetry, groups: coordinator }: GroupSources, stored: StoredCommits, match: string) {
  const committed = committedByGroup(telemetry.instruments);
  const inMemory = [...coordinator.all()];
  const known = new Set(inMemory.map(({ id }) => clientName(id)));
  const kept = [...committed.values()].reduce((sum, partitions) => sum + partitions.length, 0);
  const isFull = kept >= COMMITTED_NAMED_MAX;
  const complete = (name: string): boolean => !isFull && stored.isRead(name);
  const incidents = telemetry.incidents.current();
  const shown = [
    ...inMemory.map((group) => ({
      ...fromMemory(group, committed.get(clientName(group.id)) ?? []),
      complete: complete(group.id),
    })),
    ...[...committed]
      .filter(([name]) => !known.has(name))
      .map(([name, partitions]) => ({ ...fromOffsets(name, partitions), complete: complete(name) })),
  ]
    .filter(({ name }) => name.includes(match))
    .map((group) => ({
      ...group,
      troubles: incidents
        .filter(({ noun, target }) => noun === 'group' && target === group.name)
        .map(({ kind, evidence }) => ({ kind, sentence: evidence })),
    }));
  shown.sort(
    (a, b) => b.troubles.length - a.troubles.length || (b.lag ?? 0) - (a.lag ?? 0) || (a.name < b.name ? -1 : 1),
  );
  // Of what is only known by its commits the name is as it is shown: one that was escaped cannot be asked for.
  const asShown = [...committed.keys()].filter((name) => clientName(name) === name);
  stored.look(new Set([...inMemory.map(({ id }) => id), ...asShown]));
  return { loaded: coordinator.loaded, total: shown.length, groups: shown.slice(0, GROUPS_SHOWN) };
}

type Commits = Omit<ShownGroup, 'complete'>;

function fromMemory(group: Group, partitions: readonly GroupPartition[]): Commits {
  const members = [...group.members.values()];
  return {
    name: clientName(group.id),
    state: group.state.name,
    generation: group.generationId,
    protocol: group.protocolName ?? undefined,
    members: members.slice(0, MEMBERS_SHOWN).map((member) => ({
      id: clientName(member.id),
      client: clientName(member.clientId),
      host: member.clientHost,
      instance: member.groupInstanceId === null ? undefined : clientName(member.groupInstanceId),
      sessionTimeoutMs: member.sessionTimeoutMs,
    })),
    memberCount: members.length,
    lag: lagOf(partitions),
    partitions,
    troubles: [],
  };
}

function fromOffsets(name: string, partitions: readonly GroupPartition[]): Commits {
  const nobody = { generation: undefined, protocol: undefined, members: [], memberCount: 0 };
  const lag = lagOf(partitions);
  return { name, state: 'no members here', ...nobody, lag, partitions, troubles: [] };
}

function lagOf(partitions: readonly GroupPartition[]): number | undefined {
  const known = partitions.flatMap(({ lag }) => (lag === undefined ? [] : [lag]));
  return known.length === 0 ? undefined : known.reduce((sum, lag) => sum + lag, 0);
}

const inOrder = (a: GroupPartition, b: GroupPartition): number =>
  a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1;

/** What the metrics tell of commits: read there, so that page and metrics never differ. */
function committedByGroup(metrics: ConsoleSources['telemetry']['instruments']): ReadonlyMap<string, GroupPartition[]> {
  const lags = new Map<string, number>();
  for (const { labels, value } of metrics.numbers('seaglass_group_lag').snapshot().values)
    lags.set(`${labels['group']}\u0000${labels['topic']}\u0000${labels['partition']}`, value);
  const byGroup = new Map<string, GroupPartition[]>();
  for (const { labels, value } of metrics.numbers('seaglass_group_committed_offset').snapshot().values) {
    const { group = '', topic = '', partition = '' } = labels;
    const own = byGroup.get(group) ?? [];
    own.push({
      topic,
      partition: Number(partition),
      committed: value,
      lag: lags.get(`${group}\u0000${topic}\u0000${partition}`),
    });
    byGroup.set(group, own);
  }
  for (const own of byGroup.values()) own.sort(inOrder);
  return byGroup;
}

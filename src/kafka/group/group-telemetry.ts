/** What the metrics say of the groups that are coordinated here. Asked at a scrape: it costs nothing in between. */
import type { Instruments } from '../../telemetry/instruments';
import type { Group, GroupStateName } from './group';

const STATES: readonly GroupStateName[] = ['Empty', 'PreparingRebalance', 'CompletingRebalance', 'Stable', 'Dead'];

export function observeGroups(instruments: Instruments, groups: () => Iterable<Group>): void {
  instruments.observe('seaglass_groups', () => {
    const counts = new Map(STATES.map((state) => [state, 0]));
    for (const { state } of groups()) counts.set(state.name, (counts.get(state.name) ?? 0) + 1);
    return [...counts].map(([state, count]) => [{ state }, count] as const);
  });
  instruments.observe('seaglass_group_members', () => each(groups(), (group) => group.members.size));
  instruments.observe('seaglass_group_generation', () => each(groups(), (group) => group.generationId));
}

function* each(
  groups: Iterable<Group>,
  value: (group: Group) => number,
): Iterable<readonly [{ readonly group: string }, number]> {
  for (const group of groups) yield [{ group: group.id }, value(group)];
}

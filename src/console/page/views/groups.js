/** Consumer groups: how far behind, who is in them, who is stuck and who never commits. */
import { h, keyed, setText, Table, tag } from '../dom.js';
import { count, words } from '../format.js';
import { refreshing } from '../refresh.js';
import { get } from '../api.js';
import { traceButton } from '../parts.js';

export const groups = {
  id: 'groups',
  title: 'Groups',
  mount(root, context) {
    const facts = h('p', { class: 'quiet' });
    const list = h('div');
    const refresh = refreshing({
      refused: context.refused,
      load: () => get('/api/groups'),
      show(answer) {
        const loading = answer.loaded ? '' : ' Groups are still being loaded: members are told to come again.';
        setText(facts, `${count(answer.total)} ${answer.total === 1 ? 'group' : 'groups'}.${loading}`);
        keyed(list, answer.groups, {
          key: ({ name }) => name,
          make: (group) => groupCard(group, context),
          update: (card, group) => card.show(group),
        });
      },
    });
    root.append(refresh.note, facts, list);
    return { stop: refresh.stop };
  },
};

/** Beside the group's name they say less than an incident of their own. */
const TROUBLES = { group_stuck: 'stuck', group_never_commits: 'never commits' };

const members = ({ memberCount }) => `${count(memberCount)} member${memberCount === 1 ? '' : 's'}`;

/** A sum says what is not in it. */
function behind({ lag, partitions, complete }) {
  if (partitions.length === 0) return complete ? 'no commit yet' : 'commits not known here';
  const unknown = partitions.filter((each) => each.lag === undefined).length;
  const parts = [lag === undefined ? 'lag not known' : `${count(lag)} behind`];
  if (lag !== undefined && unknown > 0) parts.push(`without ${partitionsOf(unknown)} whose lag is not known`);
  if (!complete) parts.push('other commits not known here');
  return parts.join(', ');
}

const partitionsOf = (number) => `${count(number)} partition${number === 1 ? '' : 's'}`;

function groupCard({ name }, context) {
  const facts = h('span', { class: 'quiet' });
  const tags = h('span');
  const trouble = h('p', { class: 'problem' });
  const head = h(
    'div',
    { class: 'group-head' },
    h('h3', {}, name),
    tags,
    facts,
    traceButton({ group: name }, context),
    trouble,
  );
  const lags = new Table(
    `What ${name} has committed`,
    [
      { label: 'Partition', cell: ({ topic, partition }) => `${topic}-${partition}` },
      { label: 'Committed', number: true, phone: true, cell: ({ committed }) => count(committed) },
      {
        label: 'Behind',
        number: true,
        phone: true,
        cell: ({ lag }) => (lag === undefined ? 'not known yet' : count(lag)),
      },
    ],
    { key: ({ topic, partition }) => `${topic}-${partition}`, captionHidden: true },
  );
  const memberTable = new Table(
    `Members of ${name}`,
    [
      { label: 'Member', cell: ({ client }) => client || '–' },
      { label: 'From', phone: true, cell: ({ host }) => host },
      { label: 'Instance', phone: true, cell: ({ instance }) => instance ?? '' },
      { label: 'Session', number: true, phone: true, cell: ({ sessionTimeoutMs }) => `${sessionTimeoutMs / 1000} s` },
      { label: 'Id', class: 'mono', cell: ({ id }) => id },
    ],
    { key: ({ id }) => id, captionHidden: true },
  );
  const card = h(
    'section',
    { class: 'card', 'aria-label': `group ${name}` },
    head,
    h('div', { class: 'scroll' }, lags.element),
    h('div', { class: 'scroll' }, memberTable.element),
  );
  card.show = (group) => {
    const generation = group.generation === undefined ? '' : ` · generation ${group.generation}`;
    setText(facts, `${group.state} · ${members(group)}${generation} · ${behind(group)}`);
    const sign = group.troubles.map(({ kind }) => kind).join();
    if (tags.sign !== sign) {
      tags.sign = sign;
      const kinds = group.troubles.map(({ kind }) => tag('bad', TROUBLES[kind] ?? words(kind)));
      tags.replaceChildren(...kinds.flatMap((each) => [each, ' ']));
    }
    head.dataset.late = String(group.troubles.length > 0);
    trouble.hidden = group.troubles.length === 0;
    setText(trouble, group.troubles.map(({ sentence }) => sentence).join('; '));
    lags.element.parentElement.hidden = group.partitions.length === 0;
    memberTable.element.parentElement.hidden = group.members.length === 0;
    lags.update(group.partitions);
    memberTable.update(group.members);
  };
  return card;
}

/** Topics with rates and values by kind; one of them with its partitions. */
import { h, setText, Table, tag } from '../dom.js';
import { byteRate, bytes, count, rate } from '../format.js';
import { refreshing } from '../refresh.js';
import { get } from '../api.js';
import { traceButton } from '../parts.js';

export const topics = {
  id: 'topics',
  title: 'Topics',
  mount: (root, context) => (context.parameters.has('topic') ? oneTopic(root, context) : allTopics(root, context)),
};

function allTopics(root, context) {
  const match = h('input', { type: 'search', name: 'match', placeholder: 'part of a name' });
  const facts = h('p', { class: 'quiet' });
  const table = new Table(
    'Topics',
    [
      {
        label: 'Topic',
        cell: ({ name }) => ({
          sign: name,
          make: () => h('a', { href: `#/topics?topic=${encodeURIComponent(name)}` }, name),
        }),
      },
      { label: 'Partitions', number: true, phone: true, cell: ({ partitionCount }) => count(partitionCount) },
      {
        label: 'Written',
        number: true,
        phone: true,
        cell: (topic) => (isCounted(topic) ? byteRate(topic.producedBytesPerSecond) : NOT_COUNTED),
      },
      {
        label: 'Read',
        number: true,
        phone: true,
        cell: (topic) => (isCounted(topic) ? byteRate(topic.fetchedBytesPerSecond) : NOT_COUNTED),
      },
      {
        label: 'Written in all',
        number: true,
        phone: true,
        cell: (topic) => (isCounted(topic) ? bytes(topic.producedBytes) : NOT_COUNTED),
      },
      {
        label: 'Values delivered',
        phone: true,
        cell: ({ values }) =>
          values === undefined ? NOT_COUNTED : { sign: JSON.stringify(values), make: () => valuesOf(values) },
      },
      {
        label: 'Settings',
        cell: ({ configs }) =>
          Object.entries(configs)
            .map(([name, value]) => `${name}=${value}`)
            .join(' '),
      },
    ],
    { key: ({ id }) => id, captionHidden: true },
  );
  const refresh = refreshing({
    refused: context.refused,
    load: () => get('/api/topics', { match: match.value }),
    show(answer) {
      setText(facts, factsOf(answer));
      table.update(answer.topics);
    },
  });
  match.addEventListener('input', refresh.again);
  root.append(
    h(
      'form',
      { class: 'row', role: 'search', onsubmit: (event) => event.preventDefault() },
      h('label', {}, 'Find', match),
    ),
    refresh.note,
    facts,
    h('div', { class: 'card scroll' }, table.element),
  );
  return { stop: refresh.stop };
}

/** The metrics name 200 topics; what is not there is not 0. */
const NOT_COUNTED = 'not counted';
const isCounted = ({ values }) => values !== undefined;

function factsOf({ fitting, total, topics: shown }) {
  const uncounted = shown.filter((topic) => !isCounted(topic)).length;
  return [
    `${count(fitting)} of ${count(total)} topics`,
    ...(shown.length < fitting ? [`${shown.length} shown`] : []),
    ...(uncounted > 0
      ? [`${count(uncounted)} not counted by name: the metrics name those first seen or in trouble`]
      : []),
  ].join('; ');
}

function valuesOf({ present = 0, null: nulls = 0, empty = 0, mismatch = 0 }) {
  const parts = [h('span', {}, `${count(present)} present`)];
  if (nulls > 0) parts.push(' ', tag('null', `${count(nulls)} null`));
  if (empty > 0) parts.push(' ', tag('empty', `${count(empty)} empty`));
  if (mismatch > 0) parts.push(' ', tag('lost', `${count(mismatch)} mismatched`));
  return parts;
}

function oneTopic(root, context) {
  const topic = context.parameters.get('topic');
  const facts = h('p', { class: 'quiet' });
  const browse = ({ partition }) =>
    h('a', { href: `#/records?topic=${encodeURIComponent(topic)}&partition=${partition}` }, 'records');
  const table = new Table(
    `Partitions of ${topic}`,
    [
      { label: 'Partition', number: true, phone: true, cell: ({ partition }) => String(partition) },
      { label: 'Log start', number: true, phone: true, cell: ({ range }) => count(range?.logStartOffset) },
      { label: 'Last stable', number: true, phone: true, cell: ({ range }) => count(range?.lastStableOffset) },
      { label: 'High watermark', number: true, phone: true, cell: ({ range }) => count(range?.highWatermark) },
      {
        label: 'Offsets held',
        number: true,
        phone: true,
        cell: ({ range }) => count(range && range.highWatermark - range.logStartOffset),
      },
      { label: 'Records/s', number: true, phone: true, cell: ({ recordsPerSecond }) => rate(recordsPerSecond) },
      { label: 'Problem', cell: ({ error }) => error ?? '' },
      { label: 'Look', cell: (row) => ({ sign: 'look', make: () => browse(row) }) },
    ],
    { key: ({ partition }) => partition, captionHidden: true },
  );
  const refresh = refreshing({
    refused: context.refused,
    load: () => get('/api/partitions', { topic }),
    show(answer) {
      const configs = Object.entries(answer.configs).map(([name, value]) => `${name}=${value}`);
      setText(
        facts,
        `id ${answer.id} · ${count(answer.partitionCount)} partition${answer.partitionCount === 1 ? '' : 's'}${configs.length > 0 ? ` · ${configs.join(' ')}` : ' · all settings by default'}`,
      );
      table.update(answer.partitions);
    },
  });
  root.append(
    h('p', {}, h('a', { href: '#/topics' }, '← all topics')),
    h('h2', {}, topic),
    facts,
    h('p', {}, traceButton({ topic }, context)),
    refresh.note,
    h('div', { class: 'card scroll' }, table.element),
  );
  return { stop: refresh.stop };
}

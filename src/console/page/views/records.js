/** The record browser: what lies in a partition, by size, kind and verdict. */
import { h, setText, Table, tag, tagCell } from '../dom.js';
import { count, moment } from '../format.js';
import { field, fieldCell, problem, traceCell, verdictTag } from '../parts.js';
import { get, NotAllowed } from '../api.js';

export const records = {
  id: 'records',
  title: 'Records',
  mount(root, context) {
    const { parameters } = context;
    const input = (name, attributes) => h('input', { name, value: parameters.get(name) ?? '', ...attributes });
    const topic = input('topic', { required: true, list: 'topic-names', autocomplete: 'off' });
    const names = h('datalist', { id: 'topic-names' });
    const partition = h('input', {
      name: 'partition',
      type: 'number',
      min: 0,
      value: parameters.get('partition') ?? 0,
    });
    const offset = input('offset', { placeholder: 'latest, earliest or a number' });
    // The first of a time is what is looked for, so it takes the place of an offset.
    const time = h('input', {
      name: 'time',
      type: 'datetime-local',
      step: '0.001',
      value: timeField(parameters.get('time')),
    });
    const form = h(
      'form',
      { class: 'row', role: 'search' },
      h('label', {}, 'Topic', topic),
      names,
      h('label', {}, 'Partition', partition),
      h('label', {}, 'From offset', offset),
      h('label', {}, 'or from time (UTC)', time),
      h('button', { class: 'main' }, 'Look'),
    );
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      context.go('records', {
        topic: topic.value,
        partition: partition.value,
        ...startOf(offset.value, time.value),
      });
    });
    const result = h('div', { 'aria-live': 'polite' });
    root.append(form, result);
    void fillNames(names);
    if (parameters.has('topic')) void showRecords(result, context);
    return {};
  },
};

/** A time is sent as milliseconds since the Unix epoch. */
function startOf(offset, time) {
  const ms = time === '' ? Number.NaN : Date.parse(`${time}Z`);
  if (!Number.isNaN(ms)) return { time: String(Math.max(0, ms)) };
  return offset === '' ? {} : { offset };
}

function timeField(ms) {
  const date = new Date(Number(ms));
  return ms === null || Number.isNaN(date.getTime()) ? '' : date.toISOString().slice(0, -1);
}

async function fillNames(names) {
  const answer = await get('/api/topics').catch(() => ({ topics: [] }));
  names.append(...answer.topics.map(({ name }) => h('option', { value: name })));
}

async function showRecords(result, context) {
  const [topic, partition] = [context.parameters.get('topic'), context.parameters.get('partition') ?? '0'];
  result.replaceChildren(h('p', { class: 'quiet' }, 'Reading …'));
  try {
    const [offset, time] = ['offset', 'time'].map((name) => context.parameters.get(name) ?? undefined);
    const asked = { topic, partition, offset, time };
    const page = await get('/api/records', asked);
    result.replaceChildren(...drawn(page, context));
  } catch (error) {
    if (error instanceof NotAllowed) context.refused(error.message);
    else result.replaceChildren(problem(`Not read: ${error.message}`));
  }
}

function drawn(page, context) {
  const { range, topic, partition } = page;
  const go = (offset) => context.go('records', { topic, partition, offset });
  const facts = h('p', { class: 'quiet' });
  setText(
    facts,
    `${topic}-${partition}: offsets ${count(range.logStartOffset)} to ${count(range.highWatermark)} (log start to high watermark)${page.compacted ? ' · compacted: null values delete their keys' : ''}${page.contents ? '' : ' · contents are off (console.contents)'}`,
  );
  const table = new Table(
    `Records of ${topic}-${partition}`,
    [
      {
        label: 'Offset',
        number: true,
        phone: true,
        cell: (row) => (row.row === 'gap' ? `${row.from}–${row.to}` : String(row.offset)),
      },
      { label: 'Time (UTC)', class: 'mono', cell: (row) => (row.row === 'record' ? moment(row.timestampMs) : '') },
      { label: 'Key', phone: true, cell: (row) => (row.row === 'record' ? fieldCell(row.key) : '') },
      { label: 'Value', phone: true, cell: valueCell },
      {
        label: 'Verdict',
        phone: true,
        cell: ({ verdict }) => (verdict === undefined ? '' : { sign: verdict, make: () => verdictTag(verdict) }),
      },
      {
        label: 'Headers',
        phone: true,
        cell: (row) => (row.row === 'record' && row.headers.length > 0 ? headersCell(row.headers) : ''),
      },
      { label: 'Trace', phone: true, cell: (row) => traceCell(row.trace?.traceId) },
    ],
    {
      key: (row) => (row.row === 'gap' ? `gap ${row.from}` : row.offset),
      captionHidden: true,
      rowClass: (row) => (isLost(row) ? 'lost-row' : row.row === 'gap' ? 'gap-row' : ''),
    },
  );
  table.update(page.rows);
  const before = Math.max(
    range.logStartOffset,
    (page.rows[0]?.offset ?? page.rows[0]?.from ?? range.highWatermark) - 50,
  );
  const pages = h(
    'form',
    { class: 'row', onsubmit: (event) => event.preventDefault() },
    h('button', { onclick: () => go('earliest') }, '⇤ earliest'),
    h('button', { onclick: () => go(before) }, '← before'),
    h('button', { onclick: () => go(page.nextOffset) }, 'after →'),
    h('button', { onclick: () => go('latest') }, 'latest ⇥'),
  );
  const none = page.rows.length === 0 ? [h('p', { class: 'quiet' }, 'No record from here on.')] : [];
  return [facts, pages, ...none, h('div', { class: 'card scroll' }, table.element)];
}

const isLost = (row) =>
  row.row === 'unreadable' || (row.verdict !== undefined && row.verdict !== 'match' && row.verdict !== 'unknown');

function valueCell(row) {
  if (row.row === 'gap') return 'no records: compacted or deleted';
  if (row.row === 'unreadable') {
    const text = row.expected === undefined ? 'cannot be read' : `${row.expected} was stored`;
    return { sign: text + row.message, make: () => [tag('lost', text), h('div', { class: 'quiet' }, row.message)] };
  }
  return row.control ? tagCell('', 'control record') : fieldCell(row.value);
}

const headersCell = (headers) => ({
  sign: JSON.stringify(headers),
  make: () =>
    h(
      'details',
      { class: 'headers' },
      h('summary', {}, `${headers.length} header${headers.length === 1 ? '' : 's'}`),
      h(
        'ul',
        {},
        headers.map(({ name, value }) => h('li', {}, h('code', {}, name), ' ', field(value))),
      ),
    ),
});

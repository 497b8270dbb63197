/** The record browser: what lies in a partition, by size, kind and verdict. */
import { h, setText, Table, tag, tagCell } from '../dom.js';
import { count, moment } from '../format.js';
import { field, fieldCell, problem, traceCell, verdictTag } from '../parts.js';
import { get, NotAllowed } from '../api.js';

export const records = {
  id: 'records',
  title: 'Records',
  mount(root, context) {
    const topic = h('input', { name: 'topic', required: true, list: 'topic-names', autocomplete: 'off' });
    const names = h('datalist', { id: 'topic-names' });
    const partition = h('input', { name: 'partition', type: 'number', min: 0 });
    const offset = h('input', { name: 'offset', placeholder: 'latest, earliest or a number' });
    // The first of a time is what is looked for, so it takes the place of an offset.
    const time = h('input', { name: 'time', type: 'datetime-local', step: '0.001' });
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
    const shown = shownRecords(context);
    root.append(form, ...shown.elements);
    void fillNames(names);
    /** Whoever pages on keeps the buttons, and with them the focus. */
    const change = (parameters) => {
      topic.value = parameters.get('topic') ?? '';
      partition.value = parameters.get('partition') ?? '0';
      offset.value = parameters.get('offset') ?? '';
      time.value = timeField(parameters.get('time'));
      if (parameters.has('topic')) void shown.read(parameters);
      else shown.clear();
    };
    change(context.parameters);
    return { change, stop: shown.stop };
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

/** The facts are said to who listens; the records are there to be gone through. */
function shownRecords(context) {
  const facts = h('p', { class: 'quiet', role: 'status' });
  const failed = h('div');
  const pages = pageButtons(context);
  const rows = h('div');
  let turn = 0;
  const show = (text, ...drawn) => {
    setText(facts, text);
    rows.replaceChildren(...drawn);
  };
  const clear = () => {
    turn += 1;
    pages.element.hidden = true;
    failed.replaceChildren();
    show('');
  };
  const read = async (parameters) => {
    const own = ++turn;
    failed.replaceChildren();
    setText(facts, 'Reading …');
    const [offset, time] = ['offset', 'time'].map((name) => parameters.get(name) ?? undefined);
    const asked = { topic: parameters.get('topic'), partition: parameters.get('partition') ?? '0', offset, time };
    try {
      const page = await get('/api/records', asked);
      if (own !== turn) return;
      pages.turnTo(page);
      show(factsOf(page), ...(page.rows.length === 0 ? [] : [h('div', { class: 'card scroll' }, tableOf(page))]));
    } catch (error) {
      if (own !== turn) return;
      if (error instanceof NotAllowed) return context.refused(error.message);
      show('');
      failed.replaceChildren(problem(`Not read: ${error.message}`));
    }
  };
  clear();
  return { elements: [facts, failed, pages.element, rows], read, clear, stop: () => void (turn += 1) };
}

function factsOf({ topic, partition, range, rows, compacted, contents }) {
  const recordCount = rows.filter(({ row }) => row === 'record').length;
  const [first, last] = [rows.at(0), rows.at(-1)];
  const shown =
    first === undefined
      ? 'No record from here on.'
      : `${count(recordCount)} record${recordCount === 1 ? '' : 's'} from ${count(first.offset ?? first.from)} to ${count(last.offset ?? last.to)}.`;
  return [
    `${shown} ${topic}-${partition}: offsets ${count(range.logStartOffset)} to ${count(range.highWatermark)} (log start to high watermark)`,
    ...(compacted ? ['compacted: null values delete their keys'] : []),
    ...(contents ? [] : ['contents are off (console.contents)']),
  ].join(' · ');
}

const PAGE_ROWS = 50;

function pageButtons(context) {
  let page;
  const firstOf = ({ rows: [first], range }) => first?.offset ?? first?.from ?? range.highWatermark;
  const button = (text, offsetOf) => {
    const go = () => {
      const { topic, partition } = page;
      context.go('records', { topic, partition, offset: offsetOf() });
    };
    return h('button', { type: 'button', onclick: go }, text);
  };
  const element = h(
    'div',
    { class: 'row pages', role: 'group', 'aria-label': 'Other records' },
    button('⇤ earliest', () => 'earliest'),
    button('← before', () => Math.max(page.range.logStartOffset, firstOf(page) - PAGE_ROWS)),
    button('after →', () => page.nextOffset),
    button('latest ⇥', () => 'latest'),
  );
  const turnTo = (shown) => {
    page = shown;
    element.hidden = false;
  };
  return { element, turnTo };
}

function tableOf({ topic, partition, rows }) {
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
        cell: (row) => (row.row === 'record' && row.headerCount > 0 ? headersCell(row) : ''),
      },
      { label: 'Trace', phone: true, cell: (row) => traceCell(row.trace?.traceId) },
    ],
    {
      key: (row) => (row.row === 'gap' ? `gap ${row.from}` : row.offset),
      captionHidden: true,
      rowClass: (row) => (isLost(row) ? 'lost-row' : row.row === 'gap' ? 'gap-row' : ''),
    },
  );
  table.update(rows);
  return table.element;
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

const headersCell = ({ headers, headerCount }) => ({
  sign: `${headerCount} ${JSON.stringify(headers)}`,
  make: () =>
    h(
      'details',
      { class: 'headers' },
      h('summary', {}, `${count(headerCount)} header${headerCount === 1 ? '' : 's'}`),
      h(
        'ul',
        {},
        headers.map(({ name, value }) => h('li', {}, h('code', {}, name), ' ', field(value))),
        headerCount > headers.length ? h('li', {}, `and ${count(headerCount - headers.length)} more`) : undefined,
      ),
    ),
});

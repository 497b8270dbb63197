/** Now: what goes on, what is wrong, and what waits, grouped by what it waits for, ages ticking. */
import { h, keyed, setText, svg, Table } from '../dom.js';
import { byteRate, count, duration, rate } from '../format.js';
import { traceCell } from '../parts.js';
import { incidentCard, updateIncident } from './incident-card.js';

const BLAMES = {
  engine: 'The engine',
  gateway: 'The gateway itself',
  group: 'A consumer group',
  client: 'A client',
  idle: 'Nobody',
};
const HISTORY = 120;

export const now = {
  id: 'now',
  title: 'Now',
  mount(root, context) {
    const figures = figuresOf();
    const troubles = h('section', { 'aria-label': 'Open incidents' });
    const moreLink = h('a', { href: '#/incidents' });
    const more = h('p', {}, moreLink);
    const problems = h('p', { class: 'problem' });
    const headline = h('p', { class: 'quiet', id: 'waiting-headline' });
    const groups = h('div', {});
    root.append(
      figures.element,
      problems,
      troubles,
      more,
      h(
        'section',
        { class: 'waiting', 'aria-label': 'What waits' },
        h('h2', {}, 'What waits, and for whom'),
        headline,
        groups,
      ),
    );
    let lookedMs = 0;
    return {
      look(live) {
        lookedMs = performance.now();
        figures.add(live.activity, live.inflight);
        problems.hidden = live.incidents.current.length > 0 || live.summary.problems.length === 0;
        setText(problems, live.summary.problems.join('; '));
        keyed(troubles, live.incidents.current, {
          key: ({ id }) => id,
          make: incidentCard,
          update: (card, each) => updateIncident(card, each, context.nowMs()),
        });
        more.hidden = live.incidents.more === 0;
        setText(moreLink, `and ${count(live.incidents.more)} more incidents`);
        setText(headline, headlineOf(live.inflight));
        keyed(groups, live.inflight.groups, {
          key: ({ key }) => key,
          make: waitingGroup,
          update: (card, group) => card.show(group),
        });
      },
      tick() {
        const passedMs = performance.now() - lookedMs;
        for (const card of groups.children) card.tick(passedMs);
        for (const cell of groups.querySelectorAll('tbody td:first-child'))
          setText(cell, duration(cell.parentElement.ageMs + passedMs));
      },
    };
  },
};

function headlineOf({ waiting, overdue, shown }) {
  if (waiting === 0) return 'Nothing waits.';
  const late = overdue === 0 ? 'all within their time' : `${count(overdue)} longer than it may`;
  return `${count(waiting)} wait, ${late}${shown < waiting ? `; the ${shown} most urgent are shown` : ''}.`;
}

function waitingGroup() {
  const title = h('h3');
  const facts = h('span', { class: 'quiet' });
  const why = h('p', { class: 'quiet' });
  const head = h('div', { class: 'group-head' }, title, facts, why);
  const table = new Table(
    '',
    [
      { label: 'Waits', class: 'mono', cell: ({ ageMs }) => duration(ageMs) },
      { label: 'Phase', class: 'mono', cell: ({ path }) => path },
      { label: 'Where', cell: ({ place }) => place },
      { label: 'Client', phone: true, cell: ({ client }) => client },
      { label: 'Group', phone: true, cell: ({ group }) => group },
      { label: 'Trace', phone: true, cell: ({ traceId }) => traceCell(traceId) },
    ],
    {
      captionHidden: true,
      key: ({ id }) => id,
      row(element, row) {
        element.ageMs = row.ageMs;
        element.firstElementChild.className = row.overdueMs > 0 ? 'mono late' : 'mono';
        element.title = row.overdueMs > 0 ? `may wait ${duration(row.budgetMs)}` : '';
      },
    },
  );
  const card = h('section', { class: 'card' }, head, h('div', { class: 'scroll' }, table.element));
  card.show = (group) => {
    head.dataset.blame = group.blame;
    head.dataset.late = String(group.overdue > 0);
    setText(title, `${BLAMES[group.blame]}: ${group.what}`);
    setText(table.element.caption, `Requests that wait for ${group.what}`);
    const late = group.overdue > 0 ? ` · ${group.overdue} too long` : '';
    card.tick = (passedMs) =>
      setText(facts, `${count(group.waiting)} waiting · oldest ${duration(group.oldestMs + passedMs)}${late}`);
    card.tick(0);
    why.hidden = group.incident === undefined;
    setText(why, group.incident === undefined ? '' : `Because of ${group.incident.target}: ${group.incident.meaning}`);
    table.update(group.rows);
  };
  return card;
}

/** The last two minutes as small lines; the page remembers them, the gateway does not. */
function figuresOf() {
  const list = [
    ['Requests/s', (activity) => activity.requestsPerSecond, rate],
    ['Written', (activity) => activity.producedBytesPerSecond, byteRate],
    ['Read', (activity) => activity.fetchedBytesPerSecond, byteRate],
    ['Connections', (activity) => activity.connections, count],
    ['Waiting', (_activity, inflight) => inflight.waiting, count],
    ['Too long', (_activity, inflight) => inflight.overdue, count],
  ].map(([label, value, format]) => {
    const line = svg('polyline', {});
    const number = h('dd', {}, '–');
    const drawing = svg(
      'svg',
      { viewBox: `0 0 ${HISTORY - 1} 22`, preserveAspectRatio: 'none', 'aria-hidden': 'true' },
      line,
    );
    return {
      value,
      format,
      line,
      number,
      past: [],
      element: h('div', { class: 'figure' }, h('dt', {}, label), number, drawing),
    };
  });
  return {
    element: h(
      'dl',
      { class: 'figures', 'aria-label': 'How much goes on' },
      list.map(({ element }) => element),
    ),
    add(activity, inflight) {
      for (const { value, format, line, number, past } of list) {
        const current = value(activity, inflight);
        past.push(current);
        if (past.length > HISTORY) past.shift();
        setText(number, format(current));
        const most = Math.max(1e-9, ...past);
        const from = HISTORY - past.length;
        line.setAttribute(
          'points',
          past.map((each, index) => `${from + index},${(21 - (each / most) * 19).toFixed(1)}`).join(' '),
        );
      }
    },
  };
}

/** Incidents on a line of time, then each with its words. */
import { h, keyed, setText, svg } from '../dom.js';
import { clock, words } from '../format.js';
import { refreshing } from '../refresh.js';
import { get } from '../api.js';
import { incidentCard, updateIncident } from './incident-card.js';

const LANES_MAX = 12;
const SPAN_MS_MIN = 10 * 60_000;
const SPAN_MS_MAX = 24 * 3_600_000;
const [WIDTH, LANE, LEFT] = [1000, 22, 190];

export const incidents = {
  id: 'incidents',
  title: 'Incidents',
  mount(root, context) {
    const drawing = h('div', { class: 'card pad scroll' });
    const none = h('p', { class: 'quiet' });
    const current = h('section', { 'aria-label': 'Open' });
    const ended = h('section', { 'aria-label': 'Over' });
    const refresh = refreshing({
      refused: context.refused,
      load: () => get('/api/incidents'),
      show(answer) {
        const nowMs = context.nowMs();
        drawing.replaceChildren(timeline([...answer.current, ...answer.ended], nowMs));
        setText(none, answer.current.length === 0 ? 'Nothing is wrong now.' : `${answer.current.length} open.`);
        const options = {
          key: ({ id }) => id,
          make: incidentCard,
          update: (card, each) => updateIncident(card, each, nowMs),
        };
        keyed(current, answer.current, options);
        keyed(ended, answer.ended, options);
      },
    });
    root.append(refresh.note, drawing, h('h2', {}, 'Open'), none, current, h('h2', {}, 'Over'), ended);
    return { stop: refresh.stop, look: () => undefined };
  },
};

/** A lane for each kind and target, the newest trouble first; from the first that fits to now. */
function timeline(all, nowMs) {
  const first = Math.min(nowMs, ...all.map(({ sinceMs }) => sinceMs));
  const fromMs = Math.max(nowMs - SPAN_MS_MAX, Math.min(first - 30_000, nowMs - SPAN_MS_MIN));
  const x = (ms) => LEFT + ((Math.max(ms, fromMs) - fromMs) / (nowMs - fromMs)) * (WIDTH - LEFT - 10);
  const lanes = new Map();
  for (const each of all) {
    const name = `${words(each.kind)} ${each.target}`;
    if (!lanes.has(name) && lanes.size < LANES_MAX) lanes.set(name, []);
    lanes.get(name)?.push(each);
  }
  const height = Math.max(1, lanes.size) * LANE + 24;
  const drawing = svg('svg', {
    class: 'timeline',
    viewBox: `0 0 ${WIDTH} ${height}`,
    role: 'img',
    'aria-label': `Incidents from ${clock(fromMs)} to now; the list below says the same`,
  });
  for (let part = 0; part <= 4; part++) {
    const ms = fromMs + ((nowMs - fromMs) * part) / 4;
    drawing.append(
      svg('line', { class: 'axis', x1: x(ms), x2: x(ms), y1: 0, y2: height - 18 }),
      svg(
        'text',
        { x: x(ms), y: height - 4, 'text-anchor': part === 4 ? 'end' : 'middle' },
        part === 4 ? 'now' : clock(ms),
      ),
    );
  }
  [...lanes].forEach(([name, each], index) => {
    const y = index * LANE;
    drawing.append(svg('text', { x: 0, y: y + 15 }, name.length > 30 ? `${name.slice(0, 29)}…` : name));
    for (const { sinceMs, endedMs, severity } of each) {
      const width = Math.max(3, x(endedMs ?? nowMs) - x(sinceMs));
      drawing.append(
        svg('rect', {
          class: `${severity}${endedMs === undefined ? '' : ' over'}`,
          x: x(sinceMs),
          y: y + 4,
          width,
          height: LANE - 8,
          rx: 3,
        }),
      );
    }
  });
  if (lanes.size === 0) drawing.append(svg('text', { x: 0, y: 15 }, 'no incidents'));
  return drawing;
}

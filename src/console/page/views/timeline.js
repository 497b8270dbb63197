/** Incidents on a line of time: a lane for each kind and target, bars from their begin to their end. The words are in the cards below. */
import { h } from '../dom.js';
import { clock, count, words } from '../format.js';

const LANES_MAX = 12;
const SPAN_MS_MIN = 10 * 60_000;
const SPAN_MS_MAX = 24 * 3_600_000;
const MARKS = 4;

/** Those that go on first, then by the newest; what was over before the time that is shown is left out. Quiet ones are over until they come back. */
export function timeline(all, nowMs) {
  const seen = all.filter((each) => (overMs(each) ?? nowMs) > nowMs - SPAN_MS_MAX);
  const first = Math.min(nowMs, ...seen.map(({ sinceMs }) => sinceMs));
  const fromMs = Math.max(nowMs - SPAN_MS_MAX, Math.min(first - 30_000, nowMs - SPAN_MS_MIN));
  const at = (ms) => (Math.max(0, ms - fromMs) / (nowMs - fromMs)) * 100;
  const lanes = new Map();
  for (const each of seen) {
    const name = `${words(each.kind)} ${each.target}`;
    if (!lanes.has(name)) lanes.set(name, []);
    lanes.get(name).push(bar(each, at, nowMs));
  }
  const shown = [...lanes].slice(0, LANES_MAX);
  const more = lanes.size - shown.length;
  return h(
    'div',
    {
      class: 'timeline',
      role: 'group',
      'aria-label': `Incidents from ${clock(fromMs)} to now; the list below says the same`,
    },
    shown.map(([name, bars]) =>
      h('div', { class: 'lane' }, h('span', { class: 'name', title: name }, name), h('div', { class: 'bars' }, bars)),
    ),
    lanes.size === 0 ? h('p', { class: 'quiet' }, 'No incidents in this time.') : undefined,
    more > 0 ? h('p', { class: 'quiet' }, `and ${count(more)} more, in the list below`) : undefined,
    h('div', { class: 'marks', 'aria-hidden': 'true' }, marks(fromMs, nowMs)),
  );
}

/** Undefined while it goes on. */
const overMs = ({ endedMs, quietSinceMs }) => endedMs ?? quietSinceMs;

function bar(incident, at, nowMs) {
  const { severity, sinceMs } = incident;
  const over = overMs(incident);
  const element = h('span', {
    class: `bar ${severity}${over === undefined ? '' : ' over'}`,
    title: `${clock(sinceMs)} to ${over === undefined ? 'now' : clock(over)}`,
  });
  // Styles in an attribute are not allowed by the console's policy; these are.
  element.style.left = `min(${at(sinceMs)}%, 100% - 3px)`;
  element.style.width = `max(${at(over ?? nowMs) - at(sinceMs)}%, 3px)`;
  return element;
}

function marks(fromMs, nowMs) {
  return Array.from({ length: MARKS + 1 }, (_, part) =>
    h('span', {}, part === MARKS ? 'now' : clock(fromMs + ((nowMs - fromMs) * part) / MARKS)),
  );
}

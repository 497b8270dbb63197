/** Incidents on a line of time, then each with its words. */
import { h, keyed, setText } from '../dom.js';
import { count } from '../format.js';
import { refreshing } from '../refresh.js';
import { get } from '../api.js';
import { incidentCard, updateIncident } from './incident-card.js';
import { timeline } from './timeline.js';

const OPEN_SHOWN = 100;

export const incidents = {
  id: 'incidents',
  title: 'Incidents',
  mount(root, context) {
    const drawing = h('div', { class: 'card pad' });
    const none = h('p', { class: 'quiet' });
    const current = h('section', { 'aria-label': 'Open' });
    const ended = h('section', { 'aria-label': 'Over' });
    const refresh = refreshing({
      refused: context.refused,
      load: () => get('/api/incidents', { open: OPEN_SHOWN }),
      show(answer) {
        const nowMs = answer.atMs;
        drawing.replaceChildren(timeline([...answer.current, ...answer.ended], nowMs));
        setText(none, openOf(answer));
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

function openOf({ current, more }) {
  if (current.length === 0) return 'Nothing is wrong now.';
  return `${count(current.length + more)} open${more > 0 ? `; ${count(current.length)} are shown` : ''}.`;
}

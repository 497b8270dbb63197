/** What is made to fail on purpose: on top of every view for as long as it lasts, so that nobody takes it for a trouble that nobody made. */
import { h, keyed, setText } from './dom.js';
import { clock, longDuration } from './format.js';

const placeOf = ({ topic }) => (topic === undefined ? 'all topics' : `topic ${topic}`);

export class Drills {
  #element;
  #spoken = '';

  constructor(element) {
    this.#element = element;
  }

  /** For who listens to the page: without what ticks. */
  get spoken() {
    return this.#spoken;
  }

  look(drills, nowMs) {
    this.#element.hidden = drills.length === 0;
    this.#spoken = drills.map((each) => `Drill ${each.drill}, ${placeOf(each)}. `).join('');
    keyed(this.#element, drills, {
      key: ({ drill, sinceMs }) => `${drill} ${sinceMs}`,
      make: banner,
      update: (element, { endsMs }) => (element.endsMs = endsMs),
    });
    this.tick(nowMs);
  }

  tick(nowMs) {
    for (const { left, endsMs } of this.#element.children) setText(left, `${longDuration(endsMs - nowMs)} left`);
  }
}

function banner(each) {
  const left = h('span', { class: 'left' });
  const element = h(
    'li',
    {},
    h('strong', {}, `DRILL ${each.drill}`),
    h('span', {}, `On purpose: ${each.what}`),
    h('span', { class: 'place' }, `${placeOf(each)} · until ${clock(each.endsMs)}, `, left),
  );
  element.left = left;
  return element;
}

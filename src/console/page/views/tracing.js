/** Tracing: whose traces are all kept for a while; begun here or by a button beside a client, a topic or a group, and ended by itself. */
import { h, setText, Table } from '../dom.js';
import { count, duration } from '../format.js';
import { refreshing } from '../refresh.js';
import { get, NotAllowed, post } from '../api.js';
import { problem, TRACE_MS, traceFor } from '../parts.js';

const TIMES = [
  [60_000, '1 minute'],
  [TRACE_MS, '5 minutes'],
  [900_000, '15 minutes'],
  [3_600_000, '1 hour'],
];

export const tracing = {
  id: 'tracing',
  title: 'Tracing',
  mount(root, context) {
    const failed = h('div', { 'aria-live': 'assertive' });
    const none = h('p', { class: 'quiet' });
    const table = targetTable((target) => change({ do: 'stop', id: target.id }));
    const show = ({ targets }) => {
      setText(
        none,
        targets.length === 0
          ? 'Nothing is targeted: the keep rule alone decides.'
          : `${count(targets.length)} targeted.`,
      );
      table.element.parentElement.hidden = targets.length === 0;
      table.update(targets.map((target) => ({ ...target, leftMs: target.untilMs - context.nowMs() })));
    };
    const refresh = refreshing({
      refused: context.refused,
      load: () => get('/api/trace-targets'),
      show,
      everyMs: 1000,
    });
    const change = async (command) => {
      try {
        show(await post('/api/trace-targets', command));
        failed.replaceChildren();
        // The button of what was ended is gone, and the focus with it.
        if (document.activeElement === document.body) root.focus({ preventScroll: true });
      } catch (error) {
        if (error instanceof NotAllowed) return context.refused(error.message);
        failed.replaceChildren(problem(error.message));
      }
    };
    root.append(
      h(
        'p',
        { class: 'quiet' },
        'Every trace that fits a target is kept, up to 100 a second, whatever the keep rule says. All that is named must fit.',
      ),
      targetForm(change),
      failed,
      refresh.note,
      none,
      h('div', { class: 'card scroll' }, table.element),
    );
    return { stop: refresh.stop };
  },
};

function targetForm(change) {
  const [client, topic, group] = ['client', 'topic', 'group'].map((name) =>
    h('input', { name, autocomplete: 'off', maxlength: 249 }),
  );
  const time = h(
    'select',
    { name: 'time' },
    TIMES.map(([ms, text]) => h('option', { value: ms, selected: ms === TRACE_MS }, text)),
  );
  const form = h(
    'form',
    { class: 'row operates' },
    h('label', {}, 'Client id', client),
    h('label', {}, 'Topic', topic),
    h('label', {}, 'Group', group),
    h('label', {}, 'For', time),
    h('button', { class: 'main' }, 'Keep every trace'),
  );
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void change(traceFor({ client: client.value, topic: topic.value, group: group.value }, Number(time.value)));
  });
  return form;
}

function targetTable(end) {
  const remove = (target) => {
    const button = h('button', { 'aria-label': `End the target ${target.id}` }, 'End');
    button.addEventListener('click', () => void end(target));
    return button;
  };
  return new Table(
    'Whose traces are all kept',
    [
      { label: 'Client id', phone: true, cell: ({ client }) => client ?? '' },
      { label: 'Topic', phone: true, cell: ({ topic }) => topic ?? '' },
      { label: 'Group', phone: true, cell: ({ group }) => group ?? '' },
      { label: 'Remaining', number: true, phone: true, cell: ({ leftMs }) => duration(leftMs) },
      { label: 'Traces kept', number: true, phone: true, cell: ({ traces }) => count(traces) },
      { label: 'End', class: 'operates', cell: (target) => ({ sign: target.id, make: () => remove(target) }) },
    ],
    { key: ({ id }) => id, captionHidden: true },
  );
}

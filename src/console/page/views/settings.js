/** The configuration as it holds, and where each setting comes from. */
import { h, setText, Table } from '../dom.js';
import { get, NotAllowed } from '../api.js';
import { problem } from '../parts.js';

export const settings = {
  id: 'settings',
  title: 'Configuration',
  mount(root, context) {
    const only = h('input', { type: 'checkbox' });
    const match = h('input', { type: 'search', placeholder: 'part of a name' });
    const table = new Table(
      'Settings; secrets are masked',
      [
        { label: 'Setting', class: 'mono', cell: ({ key }) => key },
        { label: 'Value', class: 'mono', phone: true, cell: ({ value }) => value || '–' },
        { label: 'From', phone: true, cell: ({ from }) => from },
        { label: 'Meaning', cell: ({ meaning }) => meaning },
      ],
      { key: ({ key }) => key, captionHidden: true },
    );
    let all = [];
    const facts = h('p', { class: 'quiet' });
    const show = () => {
      const shown = all.filter(({ key, from }) => key.includes(match.value) && (!only.checked || from !== 'default'));
      setText(facts, `${shown.length} of ${all.length} settings`);
      table.update(shown);
    };
    for (const element of [only, match]) element.addEventListener('input', show);
    root.append(
      h(
        'form',
        { class: 'row', role: 'search', onsubmit: (event) => event.preventDefault() },
        h('label', {}, 'Find', match),
        h('label', {}, 'Only what was set', only),
      ),
      facts,
      h('div', { class: 'card scroll' }, table.element),
    );
    get('/api/settings').then(
      (answer) => {
        all = answer.settings;
        show();
      },
      (error) => (error instanceof NotAllowed ? context.refused(error.message) : root.append(problem(error.message))),
    );
    return {};
  },
};

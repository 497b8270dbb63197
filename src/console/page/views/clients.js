/** Who is connected; who does not read, and who is not read for it is over a quota, comes first. */
import { h, setText, Table, tagCell } from '../dom.js';
import { bytes, count, duration, longDuration } from '../format.js';
import { refreshing } from '../refresh.js';
import { get } from '../api.js';
import { traceButtonCell } from '../parts.js';

export const clients = {
  id: 'clients',
  title: 'Clients',
  mount(root, context) {
    const facts = h('p', { class: 'quiet' });
    const table = new Table(
      'Connections',
      [
        { label: 'Client id', cell: ({ clientId }) => clientId || '–' },
        {
          label: 'Software',
          phone: true,
          cell: ({ softwareName, softwareVersion }) =>
            softwareName === undefined ? '–' : `${softwareName} ${softwareVersion}`,
        },
        { label: 'Principal', phone: true, cell: ({ principal }) => principal },
        { label: 'Group', phone: true, cell: ({ group }) => group ?? '' },
        {
          label: 'From',
          phone: true,
          cell: ({ clientAddress, clientPort, listener }) => `${clientAddress}:${clientPort} · ${listener}`,
        },
        {
          label: 'Unread',
          number: true,
          phone: true,
          cell: ({ unreadBytes }) => (unreadBytes > 0 ? tagCell('warn', bytes(unreadBytes)) : '0 B'),
        },
        {
          label: 'Throttled',
          number: true,
          phone: true,
          cell: ({ throttledMs }) => (throttledMs > 0 ? tagCell('warn', duration(throttledMs)) : ''),
        },
        { label: 'Requests', number: true, phone: true, cell: ({ requests }) => count(requests) },
        { label: 'Connected', number: true, phone: true, cell: ({ connectedMs }) => longDuration(connectedMs) },
        { label: 'API versions', cell: ({ apiVersions }) => versionsCell(apiVersions) },
        {
          label: 'Trace',
          class: 'operates',
          cell: ({ clientId }) => (clientId === '' ? '' : traceButtonCell({ client: clientId }, context)),
        },
      ],
      { key: ({ connectionId }) => connectionId, captionHidden: true },
    );
    const refresh = refreshing({
      refused: context.refused,
      load: () => get('/api/clients'),
      show(answer) {
        setText(
          facts,
          `${count(answer.total)} connection${answer.total === 1 ? '' : 's'}${answer.clients.length < answer.total ? `; ${answer.clients.length} shown` : ''}`,
        );
        table.update(answer.clients);
      },
    });
    root.append(refresh.note, facts, h('div', { class: 'card scroll' }, table.element));
    return { stop: refresh.stop };
  },
};

const versionsCell = (versions) => {
  const list = Object.entries(versions).map(([api, version]) => `${api} v${version}`);
  return {
    sign: list.join(),
    make: () =>
      h(
        'details',
        { class: 'headers' },
        h('summary', {}, `${list.length} APIs`),
        h(
          'ul',
          {},
          list.map((each) => h('li', {}, each)),
        ),
      ),
  };
};

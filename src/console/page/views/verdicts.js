/** Records that were found wrong: what was stored, what came, who produced it and who asked. */
import { h, setText, Table } from '../dom.js';
import { count, moment } from '../format.js';
import { refreshing } from '../refresh.js';
import { get } from '../api.js';
import { traceCell, verdictTag } from '../parts.js';

export const verdicts = {
  id: 'verdicts',
  title: 'Verdicts',
  mount(root, context) {
    const facts = h('p', { class: 'quiet' });
    const where = ({ topic, partition, offset }) =>
      h(
        'a',
        { href: `#/records?topic=${encodeURIComponent(topic)}&partition=${partition}&offset=${offset}` },
        `${topic}-${partition}@${offset}`,
      );
    const table = new Table(
      'Records that were found wrong, the newest first',
      [
        { label: 'Verdict', cell: ({ verdict }) => ({ sign: verdict, make: () => verdictTag(verdict) }) },
        {
          label: 'Record',
          cell: (row) => ({ sign: `${row.topic}-${row.partition}@${row.offset}`, make: () => where(row) }),
        },
        { label: 'Stored', number: true, phone: true, cell: ({ expected }) => expected ?? '–' },
        { label: 'Came', number: true, phone: true, cell: ({ got }) => got ?? '–' },
        { label: 'Asked by', phone: true, cell: ({ consumer }) => consumer || '–' },
        { label: 'Last met (UTC)', class: 'mono', phone: true, cell: ({ lastMs }) => moment(lastMs) },
        { label: 'Times', number: true, phone: true, cell: ({ times }) => count(times) },
        { label: 'Produced by', phone: true, cell: ({ producer }) => producer || '–' },
        { label: 'Producer’s trace', phone: true, cell: ({ producerTraceId }) => traceCell(producerTraceId) },
        { label: 'Fetch', phone: true, cell: ({ traceId }) => traceCell(traceId) },
      ],
      {
        key: ({ topic, partition, offset, verdict }) => `${topic}-${partition}-${offset}-${verdict}`,
        captionHidden: true,
        rowClass: () => 'lost-row',
      },
    );
    const refresh = refreshing({
      refused: context.refused,
      load: () => get('/api/verdicts'),
      show(answer) {
        setText(facts, factsOf(answer));
        table.update(answer.verdicts);
      },
    });
    root.append(refresh.note, facts, h('div', { class: 'card scroll' }, table.element));
    return { stop: refresh.stop };
  },
};

/** The gateway remembers the newest thousand entries; one may be about several records. */
function factsOf({ total, records, isAll, verdicts: shown }) {
  if (total === 0) return 'No record was found wrong since the start.';
  const were = records === 1 ? 'record was' : 'records were';
  const found = `${isAll ? '' : 'More than '}${count(records)} ${were} found wrong since the start`;
  return `${found}${shown.length < total ? `; the newest ${count(shown.length)} of ${count(total)} entries are shown` : ''}.`;
}

/** /api/log: the last lines of the log, one JSON object a line, for `seaglass bundle`. */
import type { RecentLines } from '../../telemetry/log/recent-lines';
import type { Route } from './route';

export const logRoute = (lines: RecentLines): Route => ({
  method: 'GET',
  path: '/api/log',
  summary: 'the last 1,000 lines of the log',
  answer: () => ({
    status: 200,
    body: lines
      .all()
      .map(({ level, event, message, atMs, attributes }) =>
        JSON.stringify({ time: new Date(atMs).toISOString(), level, 'event.name': event, message, ...attributes }),
      )
      .join('\n'),
  }),
});

/**
 * Who is connected: software, version, group, what it has not read of its answers, for how long it is throttled, the API versions that it
 * speaks; and who asked in versions that are not served.
 */
import type { ConsoleSources } from '../sources';
import { ok, type Route } from './route';

const CLIENTS_SHOWN = 1_000;

/** Who leaves its answers unread comes first, then who is throttled. */
export const clientsRoute = (sources: Pick<ConsoleSources, 'clients' | 'refusedVersions'>): Route => ({
  method: 'GET',
  path: '/api/clients',
  summary: 'who is connected, by which software',
  answer: () => {
    const all = [...sources.clients()];
    all.sort(
      (a, b) => b.unreadBytes - a.unreadBytes || b.throttledMs - a.throttledMs || compare(a.clientId, b.clientId),
    );
    const clients = all.slice(0, CLIENTS_SHOWN);
    return ok({ total: all.length, clients, refusedVersions: sources.refusedVersions() });
  },
});

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Whether connected clients and the gateway have API versions in common: what was refused, and what each client speaks. */
import { z } from 'zod';
import { type CheckResult, passed, skipped, warned } from './check';

export const CLIENTS = z.object({
  clients: z.array(
    z.object({
      clientId: z.string(),
      softwareName: z.string().optional(),
      softwareVersion: z.string().optional(),
      apiVersions: z.record(z.string(), z.number()),
    }),
  ),
});
type Clients = z.infer<typeof CLIENTS>;

/** `refused`: requests of versions that are not served, by API, since the gateway's start. */
export function versionsCheck({ clients }: Clients, refused: ReadonlyMap<string, number>): CheckResult {
  const name = 'ApiVersions overlap';
  const kinds = new Map<string, number>();
  for (const { softwareName, softwareVersion } of clients) {
    const kind = softwareName === undefined ? 'software unknown' : `${softwareName} ${softwareVersion ?? ''}`;
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
  }
  const connected = [...kinds].map(([kind, count]) => `${kind} (${count})`).join(', ');
  if (refused.size > 0) {
    const what = [...refused].map(([api, count]) => `${api} ${count} times`).join(', ');
    return warned(
      name,
      `versions that are not served were asked for: ${what}; connected: ${connected === '' ? 'nobody' : connected}`,
      'ApiVersions alone is asked down by every client; for other APIs update the client, or set its api.version.request / broker.version.fallback',
    );
  }
  if (clients.length === 0) return skipped(name, 'no client is connected');
  const spoken = new Set(clients.flatMap(({ apiVersions }) => Object.keys(apiVersions)));
  return passed(
    name,
    `${clients.length} connections speak ${spoken.size} APIs, all in versions that are served: ${connected}`,
  );
}

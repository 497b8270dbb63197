/** Whether clients and the gateway have API versions in common: what connected ones ask in against what is offered, and what was refused. */
import { z } from 'zod';
import { apis } from '../../protocol/generated/index';
import type { ApiVersion } from '../../protocol/generated/api-versions';
import { type CheckResult, passed, skipped, warned } from './check';

const SOFTWARE = { softwareName: z.string().optional(), softwareVersion: z.string().optional() };
export const CLIENTS = z.object({
  clients: z.array(
    z.object({
      ...SOFTWARE,
      clientId: z.string(),
      clientAddress: z.string(),
      apiVersions: z.record(z.string(), z.number()),
    }),
  ),
  /** Since the gateway's start, the newest first; absent from one that is older. */
  refusedVersions: z
    .array(
      z.object({
        ...SOFTWARE,
        ...{ clientId: z.string(), clientAddress: z.string(), api: z.string(), version: z.number(), times: z.number() },
        served: z.object({ min: z.number(), max: z.number() }),
        lastMs: z.number(),
      }),
    )
    .default([]),
});
type Clients = z.infer<typeof CLIENTS>;
type Client = Pick<Clients['clients'][number], 'clientId' | 'clientAddress' | 'softwareName' | 'softwareVersion'>;

const NAME = 'ApiVersions overlap';
/** It is asked again in a lower one by every client. */
const ASKED_DOWN = 'ApiVersions';
const SHOWN_MAX = 3;
const API_NAMES: ReadonlyMap<number, string> = new Map(apis.map(({ key, name }) => [key, name]));

/** `offered`: by whoever clients are sent to; undefined where nobody could be asked. */
export function versionsCheck(
  { clients, refusedVersions }: Clients,
  offered: readonly ApiVersion[] | undefined,
): CheckResult {
  if (refusedVersions.length > 0) {
    const told = refusedVersions.map(
      ({ api, version, served, times, lastMs, ...client }) =>
        `${named(client)} asked ${api} v${version}, served are v${served.min} to v${served.max}: ${times} times, last ${new Date(lastMs).toISOString()}`,
    );
    return warned(
      NAME,
      few(told),
      'such a request ends its connection: update the client, or let it ask for versions (librdkafka: api.version.request=true, no broker.version.fallback)',
    );
  }
  if (clients.length === 0) return skipped(NAME, 'no client is connected');
  if (offered === undefined)
    return skipped(NAME, 'no advertised address serves from here: what is offered is not known');
  const beyond = clients.flatMap((client) => beyondOf(client, offered));
  if (beyond.length > 0)
    return warned(
      NAME,
      few([...new Set(beyond)]),
      'the advertised address leads to another gateway, or a proxy is between: clients that come by it anew are refused; correct --advertised',
    );
  const spoken = new Set(clients.flatMap(({ apiVersions }) => Object.keys(apiVersions)));
  return passed(
    NAME,
    `${clients.length} connections speak ${spoken.size} APIs, all in versions that are offered: ${kindsOf(clients)}`,
  );
}

/** What the client asks in, and is not offered. */
function beyondOf(client: Clients['clients'][number], offered: readonly ApiVersion[]): readonly string[] {
  const ranges = new Map(offered.map(({ apiKey, ...range }) => [API_NAMES.get(apiKey) ?? String(apiKey), range]));
  return Object.entries(client.apiVersions).flatMap(([api, version]) => {
    const range = ranges.get(api);
    if (api === ASKED_DOWN || (range !== undefined && version >= range.minVersion && version <= range.maxVersion))
      return [];
    const offers =
      range === undefined ? 'nothing of it is offered' : `offered are v${range.minVersion} to v${range.maxVersion}`;
    return [`${named(client)} asks ${api} v${version}, ${offers}`];
  });
}

function few(told: readonly string[]): string {
  const more = told.length > SHOWN_MAX ? [`and ${told.length - SHOWN_MAX} more`] : [];
  return [...told.slice(0, SHOWN_MAX), ...more].join('; ');
}

function named({ clientId, clientAddress, ...software }: Client): string {
  const name = clientId === '' ? 'a client without an id' : `client ${clientId}`;
  return `${name} (${softwareOf(software)}, at ${clientAddress})`;
}

const softwareOf = ({ softwareName, softwareVersion }: Omit<Client, 'clientId' | 'clientAddress'>): string =>
  softwareName === undefined ? 'software unknown' : `${softwareName} ${softwareVersion ?? ''}`.trim();

function kindsOf(clients: readonly Client[]): string {
  const kinds = new Map<string, number>();
  for (const client of clients) kinds.set(softwareOf(client), (kinds.get(softwareOf(client)) ?? 0) + 1);
  return [...kinds].map(([kind, count]) => `${kind} (${count})`).join(', ');
}

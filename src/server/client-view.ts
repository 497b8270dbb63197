/** A connected client as the console lists it. */
import type { GroupKnownBy } from '../kafka/clients/client-groups';
import { apis } from '../protocol/generated/index';
import type { Connection } from './connection';

export interface ClientView {
  readonly connectionId: string;
  /** Empty where it names none. */
  readonly clientId: string;
  readonly clientAddress: string;
  readonly clientPort: number;
  /** The listener that it came in by. */
  readonly listener: string;
  /** Whom it has shown to be; ANONYMOUS where nothing was asked of it. */
  readonly principal: string;
  /** As ApiVersions told (v3 and later); undefined where it did not. */
  readonly softwareName: string | undefined;
  readonly softwareVersion: string | undefined;
  readonly group: string | undefined;
  /** `connection`: this connection speaks for it. `client`: another one does, of the same address and client id. */
  readonly groupKnownBy: GroupKnownBy | undefined;
  /** Bytes of the answer under way that it has not read. */
  readonly unreadBytes: number;
  /** For how long it is not read yet because it is over a quota; 0 where it is read. */
  readonly throttledMs: number;
  readonly connectedMs: number;
  readonly requests: number;
  /** The versions that it last asked in, by API. */
  readonly apiVersions: Readonly<Record<string, number>>;
}

const NAMES: ReadonlyMap<number, string> = new Map(apis.map(({ key, name }) => [key, name]));

export function clientView(connection: Connection, nowMs: number): ClientView {
  const { session, openedMs, unreadBytes } = connection;
  const { connectionId, clientAddress, clientPort, listener, client } = session;
  const { group, software } = client;
  const versions = [...client.apiVersions].map(([key, version]) => [NAMES.get(key) ?? String(key), version] as const);
  return {
    connectionId,
    clientId: client.id,
    clientAddress,
    clientPort,
    listener: listener.name,
    principal: session.principal,
    softwareName: software?.name,
    softwareVersion: software?.version,
    group: group?.name,
    groupKnownBy: group?.knownBy,
    unreadBytes,
    throttledMs: Math.round(connection.throttledMs(nowMs)),
    connectedMs: Math.round(nowMs - openedMs),
    requests: client.requests,
    apiVersions: Object.fromEntries(versions),
  };
}

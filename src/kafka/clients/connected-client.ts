/**
 * Who is behind a connection, as far as its requests have told: client id, software (KIP-511), group, versions. Every span of its requests
 * shows it; the attributes are made once, so that a request costs nothing more for them. Names are the client's: escaped and cut.
 */
import { clientName } from '../../telemetry/trace/client-name';
import type { AttributeValue } from '../../telemetry/trace/operation';
import type { ClientGroups, ClientNamed, KnownGroup } from './client-groups';

export interface ClientEndpoint {
  /** The client's own. */
  readonly address: string;
  readonly port: number;
  readonly listener: { readonly name: string; readonly advertisedHost: string; readonly advertisedPort: number };
}

export interface ClientSoftware {
  /** For instance `apache-kafka-java` and `4.3.1`. */
  readonly name: string;
  readonly version: string;
}

type Attributes = Readonly<Record<string, AttributeValue>>;

export class ConnectedClient {
  /** Requests so far. */
  requests = 0;
  software: ClientSoftware | undefined = undefined;
  /** By API key: the version that was last asked in. */
  readonly apiVersions = new Map<number, number>();
  readonly #endpoint: ClientEndpoint;
  readonly #groups: ClientGroups;
  /** As on the wire. */
  #rawId: string | null = null;
  #id = '';
  #named: ClientNamed;
  /** The one that this connection spoke for last. */
  #ownGroup: string | undefined;
  #attributes: Attributes | undefined;

  constructor(endpoint: ClientEndpoint, groups: ClientGroups) {
    this.#endpoint = endpoint;
    this.#groups = groups;
    this.#named = groups.join(endpoint.address, '');
  }

  /** As last told; empty where it names none. */
  get id(): string {
    return this.#id;
  }

  /** Of every request's span. */
  get attributes(): Attributes {
    return (this.#attributes ??= this.#describe());
  }

  get group(): KnownGroup | undefined {
    if (this.#ownGroup !== undefined) return { name: this.#ownGroup, knownBy: 'connection' };
    const { groups } = this.#named;
    if (groups.size !== 1) return undefined;
    const [name = ''] = groups.keys();
    return { name, knownBy: 'client' };
  }

  /** A request has come. */
  asked(clientId: string | null, apiKey: number, apiVersion: number): void {
    this.requests++;
    if (this.apiVersions.get(apiKey) !== apiVersion) this.apiVersions.set(apiKey, apiVersion);
    if (clientId !== this.#rawId) this.#rename(clientId);
  }

  /** It has said what it is (ApiVersions v3 and later). */
  isSoftware(name: string, version: string): void {
    this.software = { name: clientName(name), version: clientName(version) };
    this.#attributes = undefined;
  }

  /** It has asked something in the name of a group. */
  speaksFor(group: string): void {
    if (group === this.#ownGroup) return;
    this.#leaveGroup();
    this.#ownGroup = group;
    const { groups } = this.#named;
    groups.set(group, (groups.get(group) ?? 0) + 1);
  }

  /** Its connection has closed. */
  gone(): void {
    this.#leaveGroup();
    this.#groups.leave(this.#endpoint.address, this.#id);
  }

  #rename(clientId: string | null): void {
    const group = this.#ownGroup;
    this.gone();
    this.#rawId = clientId;
    this.#id = clientName(clientId);
    this.#named = this.#groups.join(this.#endpoint.address, this.#id);
    if (group !== undefined) this.speaksFor(group);
    this.#attributes = undefined;
  }

  #leaveGroup(): void {
    const group = this.#ownGroup;
    if (group === undefined) return;
    this.#ownGroup = undefined;
    const { groups } = this.#named;
    const left = (groups.get(group) ?? 1) - 1;
    if (left === 0) groups.delete(group);
    else groups.set(group, left);
  }

  #describe(): Attributes {
    const { address, port, listener } = this.#endpoint;
    return {
      'messaging.system.name': 'kafka',
      'messaging.client.id': this.#id,
      'client.address': address,
      'client.port': port,
      'server.address': listener.advertisedHost,
      'server.port': listener.advertisedPort,
      'seaglass.listener': listener.name,
      ...(this.software === undefined
        ? {}
        : {
            'kafka.client.software.name': this.software.name,
            'kafka.client.software.version': this.software.version,
          }),
    };
  }
}

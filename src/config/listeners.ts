/**
 * Where Kafka clients connect: a list of listeners, each `NAME://host:port` as Kafka writes them, or `host:port` for one without a
 * name. What the clients of each are told to connect to stands beside it, by the same name (KIP-103).
 */
import { type Address, formatAddress, formatHost, isWildcard, parseAddress } from './address';
import type { SecurityProtocol } from '../kafka/connection-session';
import { ConfigError, refuseValue } from './config-error';

export interface ListenSetting {
  readonly name: string;
  readonly address: Address;
}

export interface AdvertisedSetting {
  /** Undefined where none is given: it is that of the only listener. */
  readonly name: string | undefined;
  readonly host: string;
  /** Undefined: the port that is listened on. */
  readonly port: number | undefined;
}

const PROTOCOLS: readonly SecurityProtocol[] = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'];

export interface ProtocolSetting {
  readonly name: string;
  readonly protocol: SecurityProtocol;
}

export interface ListenerConfig {
  readonly name: string;
  readonly protocol: SecurityProtocol;
  readonly address: Address;
  /** What clients are told, once the port is known. */
  readonly advertised: (port: number) => Address;
}

/** The name of a listener that is given none, as Kafka's own default has it. */
const DEFAULT_NAME = 'PLAINTEXT';
const NAMED = /^(?:([A-Za-z][\w.-]{0,63}):\/\/)?(.+)$/;
const HOST_AND_PORT = /^(\[[0-9a-fA-F:.]+\]|[^\s:,[\]/]+)(?::(\d{1,5}))?$/;

export function parseListen(text: string): ListenSetting | undefined {
  const [, name = DEFAULT_NAME, rest = ''] = NAMED.exec(text) ?? [];
  const address = parseAddress(rest);
  return address === undefined ? undefined : { name: name.toUpperCase(), address };
}

export function parseAdvertised(text: string): AdvertisedSetting | undefined {
  const [, name, rest = ''] = NAMED.exec(text) ?? [];
  const [, host, port] = HOST_AND_PORT.exec(rest) ?? [];
  if (host === undefined || Number(port ?? 0) > 65_535) return undefined;
  return {
    name: name?.toUpperCase(),
    host: host.replace(/^\[|\]$/g, ''),
    port: port === undefined ? undefined : Number(port),
  };
}

/** `NAME:PROTOCOL`, as in Kafka's listener.security.protocol.map. */
export function parseProtocol(text: string): ProtocolSetting | undefined {
  const [, name, protocol] = /^([A-Za-z][\w.-]{0,63}):(\w+)$/.exec(text) ?? [];
  if (name === undefined || protocol === undefined || !isProtocol(protocol.toUpperCase())) return undefined;
  return { name: name.toUpperCase(), protocol: protocol.toUpperCase() as SecurityProtocol };
}

export const formatProtocol = ({ name, protocol }: ProtocolSetting): string => `${name}:${protocol}`;

const isProtocol = (text: string): text is SecurityProtocol => PROTOCOLS.some((each) => each === text);

export const formatListen = ({ name, address }: ListenSetting): string =>
  name === DEFAULT_NAME ? formatAddress(address) : `${name}://${formatAddress(address)}`;

export function formatAdvertised({ name, host, port }: AdvertisedSetting): string {
  return `${name === undefined ? '' : `${name}://`}${formatHost(host)}${port === undefined ? '' : `:${port}`}`;
}

/** Listeners with what they advertise. Throws ConfigError where names do not match, or clients could not use what they are told. */
export function listenersOf(
  listen: readonly ListenSetting[],
  advertised: readonly AdvertisedSetting[],
  protocols: readonly ProtocolSetting[] = [],
): readonly ListenerConfig[] {
  const names = listen.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw new ConfigError(`listen names two listeners ${twice}: give each a name of its own, NAME://host:port`);
  for (const each of advertised) checkAdvertised(each, names);
  const stray = protocols.find(({ name }) => !names.includes(name));
  if (stray !== undefined)
    throw new ConfigError(`listener-security-protocol-map names ${stray.name}, and listen has ${names.join(', ')}`);
  return listen.map(({ name, address }) => {
    const told = advertised.find((each) => each.name === name || (each.name === undefined && names.length === 1));
    if (told === undefined && isWildcard(address.host)) throw wildcard(address);
    const host = told?.host ?? address.host;
    const mapped = protocols.find((each) => each.name === name)?.protocol;
    // As in Kafka, a listener that has the name of a protocol speaks it.
    const protocol = mapped ?? (isProtocol(name) ? name : 'PLAINTEXT');
    return { name, protocol, address, advertised: (port) => ({ host, port: told?.port ?? port }) };
  });
}

function checkAdvertised(each: AdvertisedSetting, names: readonly string[]): void {
  const unknown = each.name === undefined ? names.length > 1 : !names.includes(each.name);
  if (!unknown && !isWildcard(each.host) && each.port !== 0) return;
  throw refuseValue({
    key: 'advertised',
    value: formatAdvertised(each),
    from: 'the configuration',
    allowed: unknown
      ? `the name of a listener before its address: ${names.map((name) => `${name}://host:port`).join(', ')}`
      : 'an address clients can connect to: host, host:port, no wildcard, no port 0',
  });
}

const wildcard = (address: Address): ConfigError =>
  new ConfigError(
    `advertised is needed where listen is a wildcard (${formatAddress(address)}): clients cannot connect to it; ` +
      'give the host name or address they reach this machine by',
  );

/** Addresses in the one form that connections show theirs in, of whatever way to write one, and of the names of hosts. */
import { lookup } from 'node:dns/promises';
import { isIP, isIPv6, SocketAddress } from 'node:net';

/** Undefined where the name leads nowhere. */
export type Resolve = (host: string) => Promise<string | undefined>;

const NAME_LENGTH_MAX = 253;
const MAPPED = '::ffff:';

/** A v4 address as a v6 socket shows it is the same address. */
export const plainAddress = (address: string): string =>
  address.startsWith(MAPPED) && address.includes('.') ? address.slice(MAPPED.length) : address;

/** Undefined where it is no address, but may be a name. */
export function addressOf(host: string): string | undefined {
  const bare = host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
  if (bare !== host && !isIPv6(bare)) return undefined;
  if (isIP(bare) === 0) return undefined;
  if (!isIPv6(bare) || bare.includes('%')) return bare;
  return plainAddress(new SocketAddress({ address: bare, family: 'ipv6' }).address);
}

/** As Kafka's InetAddress.getByName: the first address, of version 4 where it has one. */
export async function resolveHost(host: string): Promise<string | undefined> {
  const known = addressOf(host);
  if (known !== undefined || host === '' || host.length > NAME_LENGTH_MAX) return known;
  try {
    return addressOf((await lookup(host, { verbatim: false })).address);
  } catch {
    return undefined;
  }
}

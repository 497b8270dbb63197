/** Addresses of clients as Java writes them, which is how hosts stand in Kafka's access control entries. */
import { isIPv4, isIPv6 } from 'node:net';

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/**
 * `127.0.0.1` also for `::ffff:127.0.0.1`; a v6 address as its eight numbers, `0:0:0:0:0:0:0:1` for `::1`. What is no address comes back
 * as it is.
 */
export function normalHost(host: string): string {
  if (isIPv4(host) || !host.includes(':')) return host;
  const mapped = MAPPED.exec(host)?.[1];
  if (mapped !== undefined) return mapped;
  const [address = host, zone] = host.split('%');
  if (!isIPv6(address)) return host;
  const groups = groupsOf(address).map((group) => Number.parseInt(group, 16).toString(16));
  return groups.join(':') + (zone === undefined ? '' : `%${zone}`);
}

function groupsOf(address: string): readonly string[] {
  const [front = [], back] = address
    .split('::')
    .map((part) => (part === '' ? [] : part.split(':').flatMap((group) => asHex(group))));
  if (back === undefined) return front;
  return [...front, ...Array.from({ length: 8 - front.length - back.length }, () => '0'), ...back];
}

/** The last two groups may be written as a v4 address. */
function asHex(group: string): readonly string[] {
  if (!group.includes('.')) return [group];
  const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
  return [(a * 256 + b).toString(16), (c * 256 + d).toString(16)];
}

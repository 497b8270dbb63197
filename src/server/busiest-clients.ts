/** The clients that have moved most bytes over the connections that they have open: few, whoever connects, so that metrics can name them. */

const SHOWN_MAX = 20;

interface Moved {
  readonly client: string;
  readonly address: string;
  bytes: number;
}

export function busiestClients(connections: Iterable<Moved>): readonly Moved[] {
  const sums = new Map<string, Moved>();
  for (const { client, address, bytes } of connections) {
    const key = `${address}\u0000${client}`;
    const known = sums.get(key);
    if (known === undefined) sums.set(key, { client, address, bytes });
    else known.bytes += bytes;
  }
  return [...sums.values()].sort((a, b) => b.bytes - a.bytes).slice(0, SHOWN_MAX);
}

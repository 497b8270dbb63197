/** An engine's address as spans name it: OpenTelemetry's server.address and server.port. */

export interface ServerAddress {
  /** A host, or the path of a Unix socket. */
  readonly host: string;
  readonly port: number | undefined;
}

/** `host:port`, `[v6]:port` or `unix:/path`. */
export function serverAddress(address: string): ServerAddress {
  if (address.startsWith('unix:')) return { host: address.slice('unix:'.length), port: undefined };
  const match = /^\[?(.*?)\]?:(\d+)$/.exec(address);
  return match === null ? { host: address, port: undefined } : { host: match[1] ?? '', port: Number(match[2]) };
}

export function serverAttributes(address: string): Readonly<Record<string, string | number>> {
  const { host, port } = serverAddress(address);
  return port === undefined ? { 'server.address': host } : { 'server.address': host, 'server.port': port };
}

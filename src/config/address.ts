/** Network addresses as settings write them: `host:port`, `[v6]:port`. */
export interface Address {
  readonly host: string;
  /** 0 asks the system for a free port; only where the setting allows it. */
  readonly port: number;
}

const FORM = /^(?:\[([0-9a-fA-F:.%\w]+)\]|([^\s:[\]/]+)):(\d{1,5})$/;

/** Undefined where the text is not an address. */
export function parseAddress(text: string): Address | undefined {
  const match = FORM.exec(text);
  if (match === null) return undefined;
  const host = match[1] ?? match[2] ?? '';
  const port = Number(match[3]);
  return port > 65_535 ? undefined : { host, port };
}

export function formatAddress(address: Address): string {
  return `${formatHost(address.host)}:${address.port}`;
}

/** A v6 address in brackets, any other host as it is. */
export function formatHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** True for the addresses that mean "every interface", which nobody can connect to from elsewhere. */
export function isWildcard(host: string): boolean {
  return host === '0.0.0.0' || host === '::' || host === '*';
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

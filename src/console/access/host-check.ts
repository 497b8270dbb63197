/** Whether a Host header may ask the console. */
import { isIP } from 'node:net';

export interface AllowedHosts {
  /** What the console was told to listen on. */
  readonly host: string;
  /** Other names it goes by; `*` stands for any. */
  readonly hosts: readonly string[];
}

/** Names that nobody can point elsewhere; the second is what containers call the host, and `internal` is no public domain. */
const FIXED_NAMES = new Set(['localhost', 'host.docker.internal']);

/**
 * Addresses in digits cannot be rebound; any other name must be one that the console was told of.
 * That holds on a wildcard address too, since it is reached by loopback as well. HTTP/1.0 clients send no Host and cannot be browsers.
 */
export function hostAllowed(header: string | undefined, { host: own, hosts }: AllowedHosts): boolean {
  if (header === undefined) return true;
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::\d+)?$/.exec(header);
  const host = (match?.[1] ?? match?.[2])?.toLowerCase();
  if (host === undefined) return false;
  if (isIP(host) !== 0 || FIXED_NAMES.has(host) || host === own.toLowerCase()) return true;
  return hosts.some((name) => name === '*' || name.toLowerCase() === host);
}

/** Whether a Host header may ask the console. */
import { isIP } from 'node:net';

export interface Bound {
  readonly host: string;
  readonly port: number;
}

/**
 * Addresses in digits cannot be rebound, and localhost is nobody else's; any other name must be the one that the console was told to
 * listen on. HTTP/1.0 clients send no Host and cannot be browsers.
 */
export function hostAllowed(header: string | undefined, bound: Bound): boolean {
  if (header === undefined) return true;
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::\d+)?$/.exec(header);
  const host = (match?.[1] ?? match?.[2])?.toLowerCase();
  if (host === undefined) return false;
  return isIP(host) !== 0 || host === 'localhost' || host === bound.host.toLowerCase();
}

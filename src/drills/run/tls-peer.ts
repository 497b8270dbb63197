/**
 * Whether the server of a TLS connection is trusted, judged once the handshake is done: Node itself would cut the connection off in the middle,
 * which the other side takes for a client that broke off. Nothing is sent before.
 */
import { checkServerIdentity, type ConnectionOptions, type TLSSocket } from 'node:tls';

/** To be connected with, and judged behind it. */
export const judgedLater = (tls: ConnectionOptions): ConnectionOptions => ({
  ...tls,
  rejectUnauthorized: false,
  checkServerIdentity: () => undefined,
});

/** In OpenSSL's words, as Node has them where it judges itself. */
const WORDS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'certificate has expired',
  CERT_NOT_YET_VALID: 'certificate is not yet valid',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'self-signed certificate',
  SELF_SIGNED_CERT_IN_CHAIN: 'self-signed certificate in certificate chain',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'unable to get local issuer certificate',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'unable to verify the first certificate',
};

/** Undefined where it is trusted; else an Error with OpenSSL's code. */
export function distrustOf(socket: TLSSocket, host: string, tls: ConnectionOptions): Error | undefined {
  if (!socket.authorized) {
    const code = String(socket.authorizationError);
    return Object.assign(new Error(WORDS[code] ?? code), { code });
  }
  return (tls.checkServerIdentity ?? checkServerIdentity)(host, socket.getPeerCertificate());
}

/** Takes leave as TLS has it. */
export function takeLeave(socket: TLSSocket): void {
  socket.on('error', () => undefined);
  socket.resume();
  socket.end();
}

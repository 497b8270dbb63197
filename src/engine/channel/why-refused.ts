/** Why a connection to the engine could not be made, in a sentence: gRPC tells it in the words of OpenSSL, of Node and of its own. */
import type { PeerIdentity } from '../../tls/peer-identity';

const LAST_ERROR = /Last error: (?:Error: )?(.*?)(?: \([-\dT:.]+Z\))?\.? Resolution note/s;
const ALTNAMES = /does not match certificate's altnames: (.*)/;

type Explained = (identity: PeerIdentity | undefined, details: string) => string;

const REASONS: readonly (readonly [RegExp, Explained])[] = [
  [
    /unable to verify the first certificate|self[- ]signed certificate|unable to get (?:local )?issuer/,
    (identity) => `its certificate is not of an authority in ${identity?.ca ?? 'the file of authorities'}`,
  ],
  [/certificate has expired/, () => 'its certificate has expired'],
  [/certificate is not yet valid/, () => 'its certificate is not valid yet: one of the clocks is wrong'],
  [ALTNAMES, (_, details) => `its certificate is for another name: ${ALTNAMES.exec(details)?.[1] ?? ''}`],
  [
    /alert certificate required|alert handshake failure/,
    () => 'it asks for a certificate of the gateway, and none is set',
  ],
  [/alert certificate expired/, () => 'the certificate of the gateway has expired'],
  [
    /alert (?:bad certificate|unknown ca|certificate unknown|unsupported certificate)/,
    (identity) => `it does not take the certificate of the gateway${ownOf(identity)}`,
  ],
  [/wrong version number|packet length too long|http request/, () => 'it speaks no TLS, and the gateway is set to'],
  [/ECONNREFUSED/, () => 'nobody listens there'],
  [/ENOTFOUND|Name resolution failed/, () => 'its name cannot be resolved'],
  [
    /Failed to connect|ECONNRESET|socket hang up|disconnected before secure TLS/,
    (identity) =>
      identity === undefined
        ? 'it ends the connection at once: it may want TLS'
        : `it ends the connection behind the TLS handshake: it may not take the certificate of the gateway${ownOf(identity)}`,
  ],
];

/** `details` as gRPC gives them with UNAVAILABLE; `identity` is what the connection was tried with. */
export function whyRefused(details: string, identity: PeerIdentity | undefined): string {
  const found = REASONS.find(([pattern]) => pattern.test(details));
  return found === undefined ? (LAST_ERROR.exec(details)?.[1] ?? details).trim() : found[1](identity, details).trim();
}

/** Which certificate it is, until when it is good, and what to look at there. */
function ownOf(identity: PeerIdentity | undefined): string {
  if (identity?.own === undefined) return '';
  const { own, takenBy } = identity;
  const until = new Date(own.notAfterMs).toISOString();
  return `, ${own.subject}, which is good until ${until}${takenBy === undefined ? '' : `; ${takenBy}`}`;
}

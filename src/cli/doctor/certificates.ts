/** The certificate that a listener or the console shows: until when, for which names, by whom it is signed. Nothing is said to the other side. */
import { checkServerIdentity, connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { isIP } from 'node:net';
import { formatAddress } from '../../config/address';
import { type CheckResult, failed, messageOf, passed, skipped, warned } from './check';
import { inTime } from './in-time';

/** Where it is shown, and what clients are told to check. */
export interface Shower {
  /** Of a listener its name, or CONSOLE. */
  readonly listener: string;
  readonly host: string;
  readonly port: number;
}

/** That the gateway shows to the engine or to a receiver. */
export interface OwnCertificate {
  /** For instance `to SeaweedFS`. */
  readonly name: string;
  readonly subject: string;
  readonly notAfterMs: number;
}

export interface ShownCertificate {
  /** Its own first, then those of the authorities that signed it. */
  readonly chain: readonly { readonly name: string; readonly fromMs: number; readonly untilMs: number }[];
  /** The names and addresses that it is for, as OpenSSL writes them. */
  readonly names: string;
  /** Why a client that connects to this host refuses it; undefined where it does not. */
  readonly nameProblem: string | undefined;
  /** OpenSSL's word for why it is not trusted; undefined where it is. */
  readonly trustProblem: string | undefined;
}

const HANDSHAKE_MS_MAX = 5_000;
const LEAVE_MS_MAX = 1_000;
const DAY_MS = 86_400_000;
const DAYS_WARN = 30;
/** What is wrong with its time has a check of its own. */
const OF_TIME = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID']);

/** `tls`: whom to trust, and what to show where it is asked for. */
export async function certificateChecks(
  shower: Shower,
  tls: ConnectionOptions,
  nowMs: number,
): Promise<readonly CheckResult[]> {
  try {
    const shown = await shownCertificate(shower, tls);
    return [timeCheck(shower, shown, nowMs), namesCheck(shower, shown), trustCheck(shower, shown, tls)];
  } catch (error) {
    return [
      skipped(`certificate ${shower.listener}`, `no TLS handshake with ${formatAddress(shower)}: ${messageOf(error)}`),
    ];
  }
}

/** Rejects where no handshake comes about. */
export function shownCertificate({ host, port }: Shower, tls: ConnectionOptions): Promise<ShownCertificate> {
  const socket = connect({
    ...{ host, port, ...tls, rejectUnauthorized: false, checkServerIdentity: () => undefined },
    ...(isIP(host) === 0 ? { servername: host } : {}),
  });
  const shown = new Promise<ShownCertificate>((resolve, reject) => {
    socket.on('error', reject);
    socket.once('secureConnect', () => {
      const certificate = socket.getPeerCertificate(true);
      const { authorized, authorizationError } = socket;
      resolve({
        chain: chainOf(certificate),
        names: certificate.subjectaltname ?? 'no name',
        nameProblem: checkServerIdentity(host, certificate)?.message,
        trustProblem: authorized ? undefined : String(authorizationError),
      });
    });
  });
  return inTime(shown, HANDSHAKE_MS_MAX, 'no answer').finally(() => leave(socket));
}

/** Takes leave as TLS has it, so that the other side does not take it for a handshake that was broken off; what does not end is cut off. */
async function leave(socket: TLSSocket): Promise<void> {
  const gone = new Promise<void>((resolve) => (socket.destroyed ? resolve() : socket.once('close', () => resolve())));
  socket.resume();
  socket.end();
  await inTime(gone, LEAVE_MS_MAX, 'not closed').catch(() => undefined);
  socket.destroy();
}

/** As Node gives it, and as its types do not say: empty where none was shown, without an issuer behind the last that is known. */
interface ChainLink {
  readonly subject: object;
  readonly valid_from: string;
  readonly valid_to: string;
  readonly fingerprint256?: string;
  readonly issuerCertificate?: ChainLink;
}

function chainOf(certificate: ChainLink): ShownCertificate['chain'] {
  const found = new Map<string, ShownCertificate['chain'][number]>();
  let next: ChainLink | undefined = certificate;
  while (next?.fingerprint256 !== undefined && !found.has(next.fingerprint256)) {
    const { subject, valid_from: from, valid_to: until } = next;
    const name = Object.entries(subject).map(([key, value]) => `${key}=${[value].flat().join('+')}`);
    found.set(next.fingerprint256, { name: name.join(','), fromMs: Date.parse(from), untilMs: Date.parse(until) });
    next = next.issuerCertificate;
  }
  return [...found.values()];
}

/** The certificate of the chain that ends first is told. */
export function timeCheck(
  { listener }: Pick<Shower, 'listener'>,
  { chain }: Pick<ShownCertificate, 'chain'>,
  nowMs: number,
): CheckResult {
  const name = `certificate ${listener}`;
  const fix =
    'put a new certificate in place of the old file: it is read within a second, and no connection is lost by it';
  const [first, ...others] = [...chain].sort((one, other) => one.untilMs - other.untilMs);
  if (first === undefined) return skipped(name, 'none was shown');
  const early = chain.find(({ fromMs }) => fromMs > nowMs);
  if (early !== undefined)
    return failed(name, `${early.name} holds from ${day(early.fromMs)} on only`, 'set the clocks right, or wait');
  const days = Math.floor((first.untilMs - nowMs) / DAY_MS);
  if (first.untilMs <= nowMs) return failed(name, `${first.name} has ended on ${day(first.untilMs)}`, fix);
  const found = `${first.name} holds until ${day(first.untilMs)}, ${days} days from now`;
  const behind = others.length === 0 ? '' : `; ${others.map((each) => each.name).join('; ')} longer`;
  return days < DAYS_WARN ? warned(name, found, fix) : passed(name, found + behind);
}

/** Of one that the gateway itself shows: the console tells of it, nobody else can see it. */
export function ownCertificateCheck({ name, subject, notAfterMs }: OwnCertificate, nowMs: number): CheckResult {
  const chain = [{ name: subject, fromMs: -Infinity, untilMs: notAfterMs }];
  return timeCheck({ listener: name }, { chain }, nowMs);
}

const day = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

export function namesCheck({ listener, host }: Shower, { names, nameProblem }: ShownCertificate): CheckResult {
  const name = `names ${listener}`;
  if (nameProblem === undefined) return passed(name, `clients are sent to ${host}, and it is for ${names}`);
  return failed(
    name,
    `clients are sent to ${host} and refuse it, for it is for ${names}`,
    `let a certificate be made that has ${host} in its subjectAltName, or name one of its names by advertised`,
  );
}

export function trustCheck(
  { listener }: Shower,
  { trustProblem }: ShownCertificate,
  { ca }: ConnectionOptions,
): CheckResult {
  const name = `trust ${listener}`;
  if (trustProblem === undefined || OF_TIME.has(trustProblem))
    return passed(
      name,
      `it is signed by an authority ${ca === undefined ? 'that this machine knows' : 'of ssl.truststore.location'}`,
    );
  if (ca === undefined)
    return warned(
      name,
      `no authority that this machine knows has signed it (${trustProblem})`,
      'name its authority: ssl.truststore.location (type PEM) in the file of --command-config; of the console NODE_EXTRA_CA_CERTS',
    );
  return failed(
    name,
    `no authority of ssl.truststore.location has signed it (${trustProblem})`,
    'give clients the authority that signed it; if that is not a root, its own certificate belongs behind the first one in the keystore',
  );
}

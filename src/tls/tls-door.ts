/**
 * The TLS side of listeners: takes an accepted socket through the handshake and says who came out of it. Handshakes that fail, or take too
 * long, are told with the peer and the reason in words, for most are a client on the wrong port or without the right authority.
 */
import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import type { Clock, Timer } from '../clock';
import { type ClientHello, clientHelloOf } from './client-hello';
import { subjectOf } from './distinguished-name';
import { opensslWords } from './openssl-words';
import { type PrincipalRules, principalName } from './principal-rules';
import { readTlsFiles, type TlsIdentity, type TlsSettings } from './tls-files';
import { WatchedFiles } from '../watched-files';

export interface ListenerTls {
  readonly settings: TlsSettings;
  readonly rules: PrincipalRules;
}

export interface TlsDoorOptions extends ListenerTls {
  readonly handshakeMsMax: number;
  readonly clock: Clock;
  /** Protocols to agree on with clients that offer some; none where absent. */
  readonly alpn?: readonly string[];
  /** Told when the files were read again, with what was wrong where they cannot be used. */
  readonly reloaded: (error: Error | undefined) => void;
}

export interface TlsVisitor {
  readonly socket: TLSSocket;
  /** Of the certificate by the mapping rules; undefined where the client brought none. */
  readonly principal: string | undefined;
}

type Outcome = (visitor: TlsVisitor | Error) => void;

/** A handshake under way. */
interface Waiting {
  readonly socket: Socket;
  readonly outcome: Outcome;
  readonly late: Timer;
  /** What the client said first, once it has. */
  hello: ClientHello | undefined;
}

export class TlsDoor {
  readonly #options: TlsDoorOptions;
  readonly #server: Server;
  /** By the peer's address and port. */
  readonly #waiting = new Map<string, Waiting>();
  readonly #identity: WatchedFiles<TlsIdentity>;

  /** Throws Error where the files cannot be used. */
  constructor(options: TlsDoorOptions) {
    const { settings, clock, alpn } = options;
    this.#options = options;
    this.#identity = new WatchedFiles({
      read: () => readTlsFiles(settings),
      clock,
      told: (outcome) => this.#reloaded(outcome),
    });
    this.#server = createServer({
      ...this.#identity.value.options,
      ...(alpn === undefined ? {} : { ALPNProtocols: [...alpn] }),
      requestCert: settings.clientAuth !== 'none',
      // Looked at after the handshake, so that the reason can be told.
      rejectUnauthorized: settings.clientAuth === 'required',
      handshakeTimeout: options.handshakeMsMax,
    });
    this.#server.on('secureConnection', (socket) => this.#secured(socket));
    this.#server.on('tlsClientError', (error, socket) => this.#end(peerOf(socket), explained(error)));
  }

  /** Handshakes under way. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Whether clients are asked for a certificate; otherwise a handshake tells nothing of who they are. */
  get asksForCertificates(): boolean {
    return this.#options.settings.clientAuth !== 'none';
  }

  /** When the certificate in use ends, ms since the Unix epoch. */
  get notAfterMs(): number {
    return this.#identity.value.notAfterMs;
  }

  /** Takes the socket through the handshake; `outcome` is called once, with an Error where it failed. The socket is closed then. */
  enter(socket: Socket, outcome: Outcome): void {
    const peer = peerOf(socket);
    const { clock, handshakeMsMax } = this.#options;
    const late = clock.after(handshakeMsMax, () => this.#end(peer, new Error(LATE)));
    const waiting: Waiting = { socket, outcome, late, hello: undefined };
    this.#waiting.set(peer, waiting);
    socket.once('close', () => this.#end(peer, new Error(LEFT)));
    // 'close' follows.
    socket.on('error', () => undefined);
    const look = (): void => {
      const first = socket.read() as Buffer | null;
      if (first === null) return;
      socket.removeListener('readable', look);
      waiting.hello = clientHelloOf(first);
      // The handshake begins with what was looked at.
      socket.unshift(first);
      this.#server.emit('connection', socket);
    };
    socket.on('readable', look);
  }

  close(): void {
    this.#identity.close();
    for (const { socket } of [...this.#waiting.values()]) socket.destroy();
  }

  #secured(socket: TLSSocket): void {
    const peer = peerOf(socket);
    try {
      this.#end(peer, { socket, principal: this.#principalOf(socket) });
    } catch (error) {
      socket.destroy();
      this.#end(peer, error instanceof Error ? error : new Error(String(error)));
    }
  }

  #principalOf(socket: TLSSocket): string | undefined {
    const { settings, rules } = this.#options;
    if (settings.clientAuth === 'none') return undefined;
    const certificate = socket.getPeerX509Certificate();
    if (certificate === undefined) return undefined;
    const { authorizationError } = socket;
    if (!socket.authorized) throw new Error(`the client's certificate is not trusted: ${String(authorizationError)}`);
    const subject = subjectOf(certificate.raw);
    const name = principalName(rules, subject);
    if (name === undefined) throw new Error(`no rule of ssl.principal-mapping-rules matches the subject ${subject}`);
    return name;
  }

  /** Does nothing where the peer is known no more: its raw socket has closed and told. */
  #end(peer: string, result: TlsVisitor | Error): void {
    const waiting = this.#waiting.get(peer);
    if (waiting === undefined) return;
    this.#waiting.delete(peer);
    waiting.late.cancel();
    if (!(result instanceof Error)) return waiting.outcome(result);
    waiting.socket.destroy();
    waiting.outcome(new Error(`${result.message}${saidFirst(waiting.hello)}`, { cause: result }));
  }

  #reloaded(outcome: TlsIdentity | Error): void {
    if (!(outcome instanceof Error)) this.#server.setSecureContext(outcome.options);
    this.#options.reloaded(outcome instanceof Error ? outcome : undefined);
  }
}

const peerOf = ({ remoteAddress, remotePort }: Socket): string => `${String(remoteAddress)} ${String(remotePort)}`;

/** In words what clients do most often. */
function explained(error: Error & { readonly code?: string }): Error {
  return new Error(REASONS[error.code ?? ''] ?? opensslWords(error.message), { cause: error });
}

function saidFirst(hello: ClientHello | undefined): string {
  const asked = hello?.serverName === undefined ? [] : [`it asked for ${hello.serverName}`];
  const offers = hello === undefined || hello.protocols.length === 0 ? [] : [`offers ${hello.protocols.join(', ')}`];
  const said = [...asked, ...offers];
  return said.length === 0 ? '' : ` (${said.join(' and ')})`;
}

const LATE = 'the TLS handshake was not done in time';
const LEFT = 'the client left in the middle of the TLS handshake';
const NO_TLS = 'what came is no TLS: the client speaks plain Kafka to a TLS listener';
const REASONS: Readonly<Record<string, string>> = {
  ERR_SSL_WRONG_VERSION_NUMBER: NO_TLS,
  ERR_SSL_PACKET_LENGTH_TOO_LONG: NO_TLS,
  ERR_SSL_HTTP_REQUEST: 'what came is an HTTP request, not TLS',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'the client offers no TLS version of ssl.enabled-protocols',
  ERR_SSL_NO_SHARED_CIPHER: 'the client and the gateway have no cipher in common',
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE: 'the client brought no certificate, and ssl.client-auth is required',
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: 'the client does not trust the certificate of this listener',
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: 'the client does not know the authority of this listener’s certificate',
  ERR_SSL_TLSV1_UNRECOGNIZED_NAME: 'the client asked for a name that is not served',
  ERR_TLS_HANDSHAKE_TIMEOUT: LATE,
  ECONNRESET: LEFT,
};

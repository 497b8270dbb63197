/** A running gateway's console, as the commands that look at one ask it. What fails says which address was asked and what to check. */

/** The console could not be asked, or refused; the message is for people. */
export class ConsoleError extends Error {
  /** Undefined where no answer came. */
  readonly status: number | undefined;

  constructor(message: string, options: { readonly status?: number; readonly cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.name = 'ConsoleError';
    this.status = options.status;
  }
}

/** Who asks: a token of the console, or a user with a password. */
export type ConsoleCredentials = { readonly token: string } | { readonly user: string; readonly password: string };

export interface ConsoleAddress {
  /** http://host:port or https://host:port, without a slash at its end. */
  readonly url: string;
  readonly credentials?: ConsoleCredentials | undefined;
}

export interface ConsoleAnswer {
  readonly status: number;
  readonly text: string;
  /** Of the gateway's clock, Unix time in ms; whole seconds. */
  readonly dateMs: number | undefined;
}

const ANSWER_MS_MAX = 15_000;

export class ConsoleClient {
  readonly url: string;
  readonly #credentials: ConsoleCredentials | undefined;

  constructor({ url, credentials }: ConsoleAddress) {
    this.url = url;
    this.#credentials = credentials;
  }

  /** The answer whatever its status. Throws ConsoleError where none comes, and where credentials are missing or wrong. */
  async ask(
    path: string,
    query: Readonly<Record<string, string | undefined>> = {},
    post?: object,
  ): Promise<ConsoleAnswer> {
    const { status, bytes, dateMs } = await this.#exchange(path, query, post);
    return { status, text: Buffer.from(bytes).toString('utf8'), dateMs };
  }

  /** The file of a good answer. Throws ConsoleError otherwise. */
  async file(path: string, query: Readonly<Record<string, string | undefined>> = {}): Promise<Uint8Array> {
    const { status, bytes } = await this.#exchange(path, query);
    if (status >= 200 && status < 300) return new Uint8Array(bytes);
    throw new ConsoleError(`${this.url}${path} answered ${status}`, { status });
  }

  /** The text of a good answer. Throws ConsoleError with what the console says otherwise. */
  async text(path: string, query: Readonly<Record<string, string | undefined>> = {}, post?: object): Promise<string> {
    const { status, text } = await this.ask(path, query, post);
    if (status >= 200 && status < 300) return text;
    throw new ConsoleError(`${this.url}${path} answered ${status}: ${saidIn(text)}`, { status });
  }

  /** As `text`, parsed; the shape is the endpoint's. */
  async json(path: string, query: Readonly<Record<string, string | undefined>> = {}, post?: object): Promise<unknown> {
    const text = await this.text(path, query, post);
    try {
      return JSON.parse(text) as unknown;
    } catch (error) {
      throw new ConsoleError(`${this.url}${path} answered no JSON: is this a Seaglass console?`, { cause: error });
    }
  }

  async #exchange(
    path: string,
    query: Readonly<Record<string, string | undefined>>,
    post?: object,
  ): Promise<{ readonly status: number; readonly bytes: ArrayBuffer; readonly dateMs: number | undefined }> {
    const url = new URL(path, this.url);
    for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value);
    // A connection for each: one that is kept may be closed by the other side at the moment when it is used again.
    const headers: Record<string, string> = { accept: 'application/json', connection: 'close' };
    if (this.#credentials !== undefined) headers['authorization'] = authorizationOf(this.#credentials);
    if (post !== undefined) headers['content-type'] = 'application/json';
    let response: Response;
    let bytes: ArrayBuffer;
    try {
      response = await fetch(url, {
        method: post === undefined ? 'GET' : 'POST',
        headers,
        signal: AbortSignal.timeout(ANSWER_MS_MAX),
        ...(post === undefined ? {} : { body: JSON.stringify(post) }),
      });
      bytes = await response.arrayBuffer();
    } catch (error) {
      throw this.#unreachable(error);
    }
    const { status } = response;
    if (status === 401) throw new ConsoleError(this.#unauthorized(), { status });
    const dateMs = Date.parse(response.headers.get('date') ?? '');
    return { status, bytes, dateMs: Number.isNaN(dateMs) ? undefined : dateMs };
  }

  #unreachable(error: unknown): ConsoleError {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    const late = error instanceof Error && error.name === 'TimeoutError';
    const why = late
      ? `it accepts connections and has not answered for ${ANSWER_MS_MAX / 1_000} s; the process is stopped or its event loop is blocked`
      : (REASONS[code] ?? (cause instanceof Error ? cause.message : String(cause)));
    return new ConsoleError(
      `cannot ask the gateway's console at ${this.url}: ${why}. ` +
        'Check that a gateway runs and that this is the address in the line "console" that it prints when it starts; ' +
        'give another by --console http://host:port or console.listen.',
      { cause: error },
    );
  }

  #unauthorized(): string {
    const wants = `the console at ${this.url} wants a token or a user with a password`;
    const how = '--token-file FILE, SEAGLASS_CONSOLE_TOKEN, or --user NAME --password-file FILE';
    if (this.#credentials === undefined) return `${wants}, and none was given: ${how}`;
    return `${wants}, and what was given is not right: ${how}`;
  }
}

function authorizationOf(credentials: ConsoleCredentials): string {
  if ('token' in credentials) return `Bearer ${credentials.token}`;
  return `Basic ${Buffer.from(`${credentials.user}:${credentials.password}`).toString('base64')}`;
}

const UNTRUSTED =
  'its certificate is not of an authority that is known here: NODE_EXTRA_CA_CERTS=FILE names the authority as PEM';
const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused: nothing listens there',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the name server does not answer',
  ECONNRESET: 'the connection was broken',
  EHOSTUNREACH: 'there is no way to that host',
  ENETUNREACH: 'there is no way to that network',
  UND_ERR_CONNECT_TIMEOUT: 'no connection came about in time: is a firewall between?',
  UND_ERR_SOCKET: 'the other side closed the connection: is this an HTTP port, and is it http:// or https://?',
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  CERT_HAS_EXPIRED: 'its certificate has ended',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for other names than this address',
  ERR_SSL_WRONG_VERSION_NUMBER: 'it speaks no TLS: http:// instead of https://',
};

/** The words of an error answer, whether it is JSON or text. */
export function saidIn(text: string): string {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && 'error' in parsed) return String(parsed.error);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  return text.trim();
}

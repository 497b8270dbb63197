/** One connection that signs in step by step: what each step was answered, as a line of an exchange (answer-text.ts). */
import { errorNameOf } from '../../src/protocol/error-code';
import { createApiVersionsRequest } from '../../src/protocol/generated/api-versions';
import { createMetadataRequest } from '../../src/protocol/generated/metadata';
import { within } from '../kafka-answers/script';
import { type KafkaClient, METADATA } from '../support/kafka-client';
import { API_VERSIONS, AUTHENTICATE, bareToken, HANDSHAKE } from '../support/sasl-client';

export const NO_VERSION = 99;
const NOTHING = new Uint8Array();

export class Steps {
  readonly lines: string[] = [];
  readonly client: KafkaClient;
  #isClosed = false;

  constructor(client: KafkaClient) {
    this.client = client;
  }

  /** A version that does not exist is answered as the first. */
  async versions(version = 4): Promise<void> {
    await this.#step(`ApiVersions ${version}`, async () => {
      const request = createApiVersionsRequest({ clientSoftwareName: 'script', clientSoftwareVersion: '1' });
      const asked = this.client.send(API_VERSIONS, request, version);
      const { errorCode } = await this.client.answer(API_VERSIONS, asked, version === NO_VERSION ? 0 : version);
      return { errorCode: errorNameOf(errorCode) };
    });
  }

  async handshake(mechanism: string, version = 1): Promise<void> {
    await this.#step(`SaslHandshake ${version} ${mechanism}`, async () => {
      const { errorCode, mechanisms } = await this.client.call(HANDSHAKE, { mechanism }, version);
      return { errorCode: errorNameOf(errorCode), mechanisms: [...mechanisms].sort() };
    });
  }

  /** The answer's token; empty where there is none. */
  async token(what: string, token: Uint8Array, version = AUTHENTICATE.facts.requestVersions.max): Promise<Uint8Array> {
    let answered: Uint8Array = NOTHING;
    await this.#step(`SaslAuthenticate ${version} ${what}`, async () => {
      const { authBytes, errorCode, errorMessage, sessionLifetimeMs } = await this.client.call(
        AUTHENTICATE,
        { authBytes: token },
        version,
      );
      answered = authBytes;
      return { errorCode: errorNameOf(errorCode), errorMessage, ...toldIn(authBytes), sessionLifetimeMs };
    });
    return answered;
  }

  /** A token that no Kafka header stands before. */
  async bare(what: string, token: Uint8Array): Promise<Uint8Array> {
    let answered: Uint8Array = NOTHING;
    await this.#step(`bare ${what}`, async () => toldIn((answered = await bareToken(this.client, token))));
    return answered;
  }

  /** A request that needs a principal: shows whether there is one. */
  async metadata(): Promise<void> {
    await this.#step('Metadata', async () => {
      const { brokers } = await this.client.call(METADATA, createMetadataRequest({ topics: [] }), 12);
      return { brokers: brokers.length };
    });
  }

  /** What comes behind the end of the connection is not asked. */
  async #step(name: string, ask: () => Promise<object>): Promise<void> {
    if (this.#isClosed) return;
    const told = await within(ask(), name).catch((error: unknown) => {
      if (!(error instanceof Error) || error.message !== 'the connection was closed') throw error;
      this.#isClosed = true;
      return { connection: 'closed' };
    });
    this.lines.push(`${this.lines.length} ${name} ${JSON.stringify(told)}`);
  }
}

/** Salts, nonces and signatures are of one time: only their kind is told. */
function toldIn(token: Uint8Array): { readonly token: string } {
  const text = Buffer.from(token).toString();
  if (/^r=[^,]+,s=[^,]+,i=\d+$/.test(text)) return { token: `a challenge of ${text.slice(text.lastIndexOf('=') + 1)}` };
  return { token: text.startsWith('v=') ? 'a signature' : text };
}

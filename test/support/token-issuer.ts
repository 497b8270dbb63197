/** An issuer of tokens (JWT) with one key, for clients that sign in by OAUTHBEARER. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const ISSUER = 'https://issuer.example.org';
const AUDIENCE = 'kafka';
const LIFETIME_SECONDS = 3_600;

export class TokenIssuer {
  readonly #keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });

  /** Flags of a gateway that takes its tokens; the keys are written below the directory. */
  flags(directory: string): readonly string[] {
    const keysFile = join(directory, 'keys.json');
    const key = { ...this.#keys.publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'ES256' };
    writeFileSync(keysFile, JSON.stringify({ keys: [key] }));
    return [
      ...['--sasl-oauthbearer-jwks-endpoint-url', pathToFileURL(keysFile).href],
      ...['--sasl-oauthbearer-expected-issuer', ISSUER, '--sasl-oauthbearer-expected-audience', AUDIENCE],
    ];
  }

  /** Of an hour. */
  token(subject: string, others: object = {}): string {
    const nowSeconds = Math.floor(Date.now() / 1_000);
    const claims = { iss: ISSUER, aud: AUDIENCE, sub: subject, iat: nowSeconds, exp: nowSeconds + LIFETIME_SECONDS };
    const text = `${part({ alg: 'ES256', kid: 'one' })}.${part({ ...claims, ...others })}`;
    const signature = sign('sha256', Buffer.from(text), { key: this.#keys.privateKey, dsaEncoding: 'ieee-p1363' });
    return `${text}.${signature.toString('base64url')}`;
  }

  /** An endpoint as OAuth 2.0 has it: whoever shows the secret of the client is given a token (client credentials). */
  async endpoint(client: string, secret: string): Promise<TokenEndpoint> {
    const expected = `Basic ${Buffer.from(`${client}:${secret}`).toString('base64')}`;
    const server = createServer((request, response) => {
      const isRight = request.method === 'POST' && request.headers.authorization === expected;
      const body = isRight
        ? { access_token: this.token(client), token_type: 'Bearer', expires_in: LIFETIME_SECONDS }
        : { error: 'invalid_client' };
      request.resume();
      request.once('end', () => {
        response.writeHead(isRight ? 200 : 401, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    return {
      url: `http://127.0.0.1:${port}/token`,
      close: () => {
        server.closeAllConnections();
        return new Promise((resolve) => server.close(() => resolve()));
      },
    };
  }
}

export interface TokenEndpoint {
  readonly url: string;
  close(): Promise<void>;
}

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A SeaweedFS with security.toml on: mutual TLS between all of its gRPC, HTTPS, and signed reads of files. */
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request as requestPlain } from 'node:http';
import { request as requestSecure } from 'node:https';
import { type ChannelCredentials, credentials } from '@grpc/grpc-js';
import type { Certificates, IssuedCertificate } from './certificates';

export interface WeedSecurity {
  /** Of security.toml, for SeaweedFS and for its clients. */
  readonly toml: string;
  readonly authority: string;
  /** [grpc.client] of it. */
  readonly client: IssuedCertificate;
  /** [jwt.filer_signing.read] of it. */
  readonly filerReadKey: string;
}

const SERVERS = ['master', 'volume', 'filer', 'msg_broker'];
const MEMBERS = ['weed.example.org', 'gateway.example.org'];
/** By all but its brokers this name is allowed, too. */
export const NOT_OF_BROKERS = 'other.example.org';
const FILER_READ_KEY = 'a key of the test, "quoted"';

/** `https`: HTTP sides speak TLS, too. Who is no client or server of this cluster by its name is not taken, except for NOT_OF_BROKERS. */
export function weedSecurity(certificates: Certificates, { https = false } = {}): WeedSecurity {
  const server = certificates.issue('weed', '/CN=weed.example.org');
  const client = certificates.issue('gateway', '/CN=gateway.example.org');
  const files = ({ certificate, key }: IssuedCertificate): string => `cert = "${certificate}"\nkey = '${key}'\n`;
  const ca = `ca = "${certificates.authority}" # for all\n`;
  const grpc = SERVERS.map((name) => {
    const names = name === 'msg_broker' ? MEMBERS : [...MEMBERS, NOT_OF_BROKERS];
    return `[grpc.${name}]\n${files(server)}allowed_commonNames = "${names.join(',')}"\n`;
  });
  const http = ['master', 'volume', 'filer'].map((name) => `[https.${name}]\n${files(server)}${ca}`);
  return {
    authority: certificates.authority,
    client,
    filerReadKey: FILER_READ_KEY,
    toml: [
      '# As an operator writes it.',
      `[grpc]\n${ca}allowed_wildcard_domain = ""\n`,
      ...grpc,
      `[grpc.client]\n${files(client)}`,
      ...(https ? [...http, `[https.client]\nenabled = true\n${files(client)}${ca}`] : []),
      `[jwt.filer_signing.read]\nkey = ${JSON.stringify(FILER_READ_KEY)}\nexpires_after_seconds = 20\n`,
    ].join('\n'),
  };
}

export function grpcCredentials(security: WeedSecurity | undefined): ChannelCredentials {
  if (security === undefined) return credentials.createInsecure();
  const { authority, client } = security;
  const [ca, key, cert] = [authority, client.key, client.certificate].map((path) => readFileSync(path));
  return credentials.createSsl(ca, key, cert, { checkServerIdentity: () => undefined });
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: Buffer;
}

/** Asks the HTTP side of a server as the cluster wants to be asked. */
export function askWeed(
  security: WeedSecurity | undefined,
  { address, path, method = 'GET' }: { readonly address: string; readonly path: string; readonly method?: string },
): Promise<HttpAnswer> {
  const isSecure = security?.toml.includes('[https.client]') === true;
  const headers = security === undefined ? {} : { authorization: `Bearer ${signed(security.filerReadKey)}` };
  const options = { method, headers: { accept: 'application/json', ...headers }, insecureHTTPParser: true };
  return new Promise((resolve, reject) => {
    const request = isSecure
      ? requestSecure(`https://${address}${path}`, { ...options, ...shown(security), rejectUnauthorized: false })
      : requestPlain(`http://${address}${path}`, options);
    request.on('error', reject);
    request.on('response', (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts) }));
      response.on('error', reject);
    });
    request.end();
  });
}

const shown = ({ client }: WeedSecurity): object => ({
  cert: readFileSync(client.certificate),
  key: readFileSync(client.key),
});

function signed(key: string): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const body = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({ exp: Math.floor(Date.now() / 1_000) + 10 })}`;
  return `${body}.${createHmac('sha256', key).update(body).digest('base64url')}`;
}

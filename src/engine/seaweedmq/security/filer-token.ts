/** The token that a filer wants for reads over HTTP: a JWT of SeaweedFS's own key (HS256, RFC 7519), good for some seconds. */
import { createHmac } from 'node:crypto';

const HEADER = encoded({ alg: 'HS256', typ: 'JWT' });

export function filerToken(
  { key, expiresAfterSeconds }: { readonly key: string; readonly expiresAfterSeconds: number },
  nowMs: number,
): string {
  const signed = `${HEADER}.${encoded({ exp: Math.floor(nowMs / 1_000) + expiresAfterSeconds })}`;
  return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`;
}

function encoded(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

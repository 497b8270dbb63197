/** One answer over HTTP, with the headers that all of them carry. */
import type { IncomingMessage, ServerResponse } from 'node:http';

export interface Page {
  readonly status: number;
  readonly type: string;
  readonly body: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

export function text(status: number, body: string): Page {
  return { status, type: 'text/plain; charset=utf-8', body: `${body}\n` };
}

/** `body` is a value, or JSON already. */
export function json(status: number, body: object | string): Page {
  const made = typeof body === 'string' ? body : JSON.stringify(body);
  return { status, type: 'application/json; charset=utf-8', body: made };
}

/** Own files alone, no inline script or style, nobody's frame. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Of every answer: what is being watched must not come from a cache, and is for nobody's frame or script. */
export const COMMON_HEADERS: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'content-security-policy': POLICY,
};

export function sendPage(page: Page, request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(page.status, {
    'content-type': page.type,
    'content-length': Buffer.byteLength(page.body),
    ...COMMON_HEADERS,
    ...page.headers,
  });
  response.end(request.method === 'HEAD' ? '' : page.body);
}

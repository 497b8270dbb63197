/** /api/session: a browser gives the token once and is given a cookie; or ends its session. Never in an address, which is kept in histories. */
import type { IncomingMessage } from 'node:http';
import { type Access, addressOf } from './access';
import { json, type Page } from './http-page';
import { BodyRefused, readJson } from './read-body';

/** POST {"token": …} begins a session, POST {} ends it. */
export async function sessionPage(request: IncomingMessage, access: Access): Promise<Page> {
  if (request.method !== 'POST') return { ...json(405, { error: 'only POST' }), headers: { allow: 'POST' } };
  let body: unknown;
  try {
    body = await readJson(request);
  } catch (error) {
    if (error instanceof BodyRefused) return json(error.status, { error: error.message });
    throw error;
  }
  const token: unknown = typeof body === 'object' && body !== null && 'token' in body ? body.token : undefined;
  if (typeof token !== 'string') return { ...json(200, {}), headers: { 'set-cookie': access.closeSession(request) } };
  switch (access.tryToken(token, addressOf(request))) {
    case 'allowed':
      return { ...json(200, {}), headers: { 'set-cookie': access.openSession() } };
    case 'too_many_tries':
      return { ...json(429, { error: 'too many wrong tokens: wait a minute' }), headers: { 'retry-after': '60' } };
    case 'closed':
      return json(403, { error: 'no token is set' });
    case 'token_needed':
      return json(401, { error: 'this is not the token' });
  }
}

/**
 * /api/session: a browser shows its credentials once and is given a cookie; asks who it is; ends its session. Credentials are never in an
 * address, which is kept in histories.
 */
import type { IncomingMessage } from 'node:http';
import { z } from 'zod';
import { json, type Page } from '../http-page';
import { BodyRefused, readJson } from '../read-body';
import type { Access } from './access';
import { refusal } from './refusals';
import type { Visitor } from './rights';

const TEXT = z.string().min(1).max(1_024);
const SIGN_IN = z.union([
  z.strictObject({ token: TEXT }),
  z.strictObject({ user: TEXT, password: TEXT }),
  z.strictObject({}).transform(() => 'end' as const),
]);

/** GET tells who asks and what can be shown; POST {"token"} or {"user", "password"} begins a session, POST {} ends it. */
export async function sessionPage(request: IncomingMessage, access: Access): Promise<Page> {
  if (request.method === 'GET' || request.method === 'HEAD') return whoAsks(request, access);
  if (request.method !== 'POST')
    return { ...json(405, { error: 'only GET, HEAD, POST' }), headers: { allow: 'GET, HEAD, POST' } };
  let body: unknown;
  try {
    body = await readJson(request);
  } catch (error) {
    if (error instanceof BodyRefused) return json(error.status, { error: error.message });
    throw error;
  }
  const asked = SIGN_IN.safeParse(body);
  if (!asked.success) return json(400, { error: 'expected {"token"}, {"user", "password"}, or {} for the end' });
  if (asked.data === 'end') return { ...json(200, {}), headers: { 'set-cookie': access.signOut(request) } };
  const begun = await access.signIn(asked.data, request);
  if (typeof begun === 'string') return refusal(begun);
  return { ...json(200, shown(begun.visitor)), headers: { 'set-cookie': begun.cookie } };
}

async function whoAsks(request: IncomingMessage, access: Access): Promise<Page> {
  const judged = await access.judge(request);
  if (judged === 'too_many_tries') return refusal(judged);
  const visitor = typeof judged === 'string' ? undefined : shown(judged.visitor);
  return json(200, { asks: access.asks, signedIn: access.hasSession(request), ...visitor });
}

const shown = ({ name, rights }: Visitor): object => ({ name, rights: [...rights] });

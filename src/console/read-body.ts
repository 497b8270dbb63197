/** The JSON that a POST brings: bounded in size, and nothing but JSON. */
import type { IncomingMessage } from 'node:http';

const BODY_BYTES_MAX = 64 * 1024;

/** Why a body is not taken: the HTTP status and the words. */
export class BodyRefused extends Error {
  readonly status: 400 | 413 | 415;

  constructor(status: 400 | 413 | 415, message: string) {
    super(message);
    this.name = 'BodyRefused';
    this.status = status;
  }
}

/** Resolves with what the JSON says; an empty body is an empty object. Rejects with BodyRefused. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  // A form of another site can send text, and no script of it this type without asking first.
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? ''))
    throw new BodyRefused(415, 'a POST brings JSON and says so: content-type: application/json');
  let text = '';
  request.setEncoding('utf8');
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > BODY_BYTES_MAX)
      throw new BodyRefused(413, `at most ${BODY_BYTES_MAX} characters of JSON are taken`);
  }
  try {
    return text === '' ? {} : (JSON.parse(text) as unknown);
  } catch (error) {
    if (error instanceof SyntaxError) throw new BodyRefused(400, `the body is no JSON: ${error.message}`);
    throw error;
  }
}

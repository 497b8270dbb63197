/** A set of keys (JWKS, RFC 7517) from a file or a URL, as JSON. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { JSONWebKeySet } from 'jose' with { 'resolution-mode': 'import' };

/** A set of keys is some kilobytes. */
const BYTES_MAX = 1024 * 1024;

/** Throws Error that says what was expected; never what came. */
export async function readKeys(url: string, signal: AbortSignal): Promise<JSONWebKeySet> {
  const text = url.startsWith('file:') ? await readFile(fileURLToPath(url), 'utf8') : await fetched(url, signal);
  return keysFrom(text);
}

async function fetched(url: string, signal: AbortSignal): Promise<string> {
  const headers = { accept: 'application/jwk-set+json, application/json' };
  const response = await fetch(url, { signal, headers, redirect: 'error' });
  if (!response.ok || response.body === null) throw new Error(`expected keys, got HTTP ${response.status}`);
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of response.body as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > BYTES_MAX) throw new Error(`expected keys, got more than ${BYTES_MAX} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text;
}

function keysFrom(text: string): JSONWebKeySet {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error('expected keys as JSON, got something else');
  }
  const keys: unknown = typeof value === 'object' && value !== null && 'keys' in value ? value.keys : undefined;
  if (!Array.isArray(keys) || keys.length === 0) throw new Error('expected a JSON object with a list of keys');
  return { keys: keys as JSONWebKeySet['keys'] };
}

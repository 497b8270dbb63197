/** The gateway's answers. Whoever is not known yet, or may not look, is asked who it is. */
export class NotAllowed extends Error {}

export async function get(path, parameters = {}) {
  const query = new URLSearchParams(
    Object.entries(parameters).filter(([, value]) => value !== undefined && value !== ''),
  );
  const response = await fetch(`${path}${query.size > 0 ? `?${query}` : ''}`, {
    headers: { accept: 'application/json' },
  });
  return bodyOf(response, [401, 403]);
}

export async function post(path, body) {
  const headers = { 'content-type': 'application/json', accept: 'application/json' };
  // Who may look and not change what runs goes on looking.
  return bodyOf(await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) }), [401]);
}

async function bodyOf(response, locks) {
  const text = await response.text();
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    body = { error: text };
  }
  if (response.ok) return body;
  if (locks.includes(response.status)) throw new NotAllowed(body.error);
  throw new Error(body.error ?? `status ${response.status}`);
}

/** The gateway's answers. Whoever is not known yet is asked for the token. */
export class NotAllowed extends Error {}

export async function get(path, parameters = {}) {
  const query = new URLSearchParams(
    Object.entries(parameters).filter(([, value]) => value !== undefined && value !== ''),
  );
  const response = await fetch(`${path}${query.size > 0 ? `?${query}` : ''}`, {
    headers: { accept: 'application/json' },
  });
  return bodyOf(response);
}

export async function post(path, body) {
  const headers = { 'content-type': 'application/json', accept: 'application/json' };
  return bodyOf(await fetch(path, { method: 'POST', headers, body: JSON.stringify(body) }));
}

async function bodyOf(response) {
  const text = await response.text();
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    body = { error: text };
  }
  if (response.ok) return body;
  if (response.status === 401) throw new NotAllowed(body.error);
  throw new Error(body.error ?? `status ${response.status}`);
}

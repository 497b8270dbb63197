/** What whoever is not let in is told: what is missing, and how it is shown. */
import { json, type Page } from '../http-page';
import type { Unknown } from './access';
import type { Right, Visitor } from './rights';

export function refusal(why: Unknown): Page {
  switch (why) {
    case 'closed':
      return json(403, {
        error: 'closed: console.listen is no loopback address, and neither console.token nor console.view-users is set',
      });
    case 'credentials_needed':
      return {
        ...json(401, {
          error: 'a token or a user is needed: authorization: Bearer … or Basic …; the page asks for it',
        }),
        // No Basic: a browser would ask by itself, keep the password and send it along.
        headers: { 'www-authenticate': 'Bearer realm="seaglass"' },
      };
    case 'too_many_tries':
      return { ...json(429, { error: 'too many wrong credentials: wait a minute' }), headers: { 'retry-after': '60' } };
  }
}

export function withoutRight(right: Right, { name, rights }: Visitor): Page {
  const has = rights.size === 0 ? 'no right' : [...rights].join(', ');
  return json(403, { error: `this needs the right ${right}, and ${name} has ${has}` });
}

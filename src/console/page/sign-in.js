/** Asks for what the gateway takes: a token, or a user's password. They are sent once and never kept by the page. */
import { h } from './dom.js';
import { get, NotAllowed, post } from './api.js';
import { problem } from './parts.js';

const secret = (name) =>
  h('input', { type: 'password', name, autocomplete: 'current-password', required: true, maxlength: 1024 });

/** Draws into `root`; `done()` is called once somebody is let in. */
export async function signIn(root, { message, done }) {
  const { asks } = await get('/api/session').catch(() => ({ asks: { token: true, password: false } }));
  const forms = [];
  if (asks.password) {
    const user = h('input', { name: 'user', autocomplete: 'username', required: true, maxlength: 1024 });
    const password = secret('password');
    const fields = [h('label', {}, 'User', user), h('label', {}, 'Password', password)];
    forms.push(form(fields, () => ({ user: user.value, password: password.value }), done));
  }
  if (asks.token) {
    const token = secret('token');
    forms.push(form([h('label', {}, 'Token (console.token)', token)], () => ({ token: token.value }), done));
  }
  root.replaceChildren(
    h(
      'section',
      { class: 'card pad login' },
      h('h1', {}, forms.length === 0 ? 'The console is closed' : 'The console asks who you are'),
      h('p', { class: 'quiet' }, message),
      forms,
    ),
  );
  root.querySelector('input')?.focus();
}

function form(fields, credentials, done) {
  const failed = h('div', { 'aria-live': 'assertive' });
  const element = h(
    'form',
    { class: 'stacked' },
    fields,
    h('p', {}, h('button', { class: 'main' }, 'Sign in')),
    failed,
  );
  element.addEventListener('submit', (event) => {
    event.preventDefault();
    post('/api/session', credentials()).then(done, (error) =>
      failed.replaceChildren(problem(error instanceof NotAllowed ? 'That is not right.' : error.message)),
    );
  });
  return element;
}

/** Who is signed in, with a button that ends it; nothing where nobody has to sign in. */
export function signedIn({ signedIn: session, name, rights = [] }, ended) {
  if (!session) return [];
  const out = h('button', { class: 'link' }, 'Sign out');
  out.addEventListener('click', () => void post('/api/session', {}).then(ended, ended));
  return [`Signed in as ${name} (${rights.join(', ')}) · `, out];
}

/** The page: first line, views by the address's hash, one stream for all. */
import { h, setText } from './dom.js';
import { get } from './api.js';
import { Drills } from './drills.js';
import { longDuration } from './format.js';
import { watch } from './live.js';
import { setTraceUrl } from './parts.js';
import { signedIn, signIn } from './sign-in.js';
import { now } from './views/now.js';
import { incidents } from './views/incidents.js';
import { topics } from './views/topics.js';
import { groups } from './views/groups.js';
import { clients } from './views/clients.js';
import { records } from './views/records.js';
import { verdicts } from './views/verdicts.js';
import { settings } from './views/settings.js';
import { tracing } from './views/tracing.js';

const VIEWS = [now, incidents, topics, groups, clients, records, verdicts, tracing, settings];
const STATES = {
  serving: 'Serving',
  troubled: 'Serving, with trouble',
  failing: 'Requests fail',
  lost: 'Gateway not heard',
};
const TICK_MS = 200;

const at = (id) => document.getElementById(id);
const root = at('view');
const context = { live: undefined, skewMs: 0, nowMs: () => Date.now() + context.skewMs, go, refused };
let shown;
let unwatch;
let told = '';
const drills = new Drills(at('drills'));

function go(view, parameters = {}) {
  const query = new URLSearchParams(parameters);
  location.hash = `#/${view}${query.size > 0 ? `?${query}` : ''}`;
}

function show() {
  const [, id = '', query = ''] = /^#\/([\w-]*)\??(.*)$/.exec(location.hash) ?? [];
  const view = VIEWS.find((each) => each.id === id) ?? now;
  shown?.stop?.();
  root.replaceChildren(h('h1', {}, view.title));
  shown = view.mount(root, { ...context, nowMs: context.nowMs, parameters: new URLSearchParams(query) });
  if (context.live !== undefined) shown.look?.(context.live);
  for (const link of at('tabs').querySelectorAll('a')) {
    if (link.dataset.view === view.id) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  document.title = `${view.title} · Seaglass`;
}

function look(live) {
  context.live = live;
  context.skewMs = live.atMs - Date.now();
  setTraceUrl(live.traceUrl);
  const { summary } = live;
  at('stream').hidden = true;
  drills.look(live.drills, context.nowMs());
  firstLine(summary.state, { target: summary.target, told: `Clients are told: ${summary.told}` });
  const { about } = summary;
  setText(
    at('about'),
    `Seaglass ${about.version} · ${about.engine} · data: ${about.data} · cluster ${about.clusterId} · clients connect to ${about.bootstrap.join(', ')}`,
  );
  const count = at('tabs').querySelector('[data-view=incidents] .count');
  count.hidden = summary.openIncidents === 0;
  setText(count, String(summary.openIncidents));
  shown?.look?.(live);
}

function lost(why) {
  at('stream').hidden = false;
  setText(at('stream'), `The gateway is not heard (${why}). What is below is what it said last.`);
  firstLine('lost', { target: '', told: 'Clients are told nothing that this page could know of.' });
}

function firstLine(state, { target, told: text }) {
  document.querySelector('.top').dataset.state = state;
  setText(at('state'), STATES[state]);
  setText(at('target'), target);
  setText(at('told'), text);
  const spoken = `${drills.spoken}${STATES[state]}. ${target}. ${text}`;
  // Said once when it changes, not with every tick.
  if (spoken !== told) setText(at('announcer'), (told = spoken));
}

function tick() {
  if (context.live !== undefined) {
    const ms = context.nowMs() - context.live.summary.sinceMs;
    const date = new Date(context.live.summary.sinceMs);
    setText(
      at('since'),
      `for ${longDuration(ms)}, since ${date.toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'medium' })}`,
    );
  }
  drills.tick(context.nowMs());
  shown?.tick?.();
}

function refused(message) {
  unwatch?.();
  shown?.stop?.();
  shown = undefined;
  drills.look([], 0);
  firstLine('unknown', { target: '', told: '' });
  setText(at('state'), 'Locked');
  setText(at('about'), '');
  at('who').replaceChildren();
  void signIn(root, { message, done: start });
}

function start() {
  unwatch?.();
  unwatch = watch({ look, lost, refused });
  void knowWho();
  show();
}

/** What may not be done is not offered; the gateway refuses it anyhow. */
async function knowWho() {
  const who = await get('/api/session').catch(() => ({ rights: [] }));
  context.rights = new Set(who.rights ?? []);
  at('who').replaceChildren(...signedIn(who, start));
  document.body.dataset.operate = String(context.rights.has('operate'));
}

at('tabs').append(
  ...VIEWS.map(({ id, title }) =>
    h(
      'li',
      {},
      h(
        'a',
        { href: `#/${id}`, 'data-view': id },
        title,
        id === 'incidents' ? h('span', { class: 'count', hidden: true }) : undefined,
      ),
    ),
  ),
);
addEventListener('hashchange', () => {
  show();
  root.focus({ preventScroll: true });
});
setInterval(tick, TICK_MS);
start();

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
  locked: 'Locked',
};
const TICK_MS = 200;

const at = (id) => document.getElementById(id);
const root = at('view');
const context = { live: undefined, skewMs: 0, nowMs: () => Date.now() + context.skewMs, go, refused };
let shown;
let unwatch;
let told = '';
/** Of the state that the first line tells. */
let sinceMs;
const drills = new Drills(at('drills'));

function go(view, parameters = {}) {
  const query = new URLSearchParams(parameters);
  const hash = `#/${view}${query.size > 0 ? `?${query}` : ''}`;
  // The browser tells of no change where there is none, and who asks again wants to see what is new.
  if (hash === location.hash) show();
  else location.hash = hash;
}

/** Answers whether the view is another one: one that can change its parameters by itself stays, with what has the focus in it. */
function show() {
  const [, id = '', query = ''] = /^#\/([\w-]*)\??(.*)$/.exec(location.hash) ?? [];
  const view = VIEWS.find((each) => each.id === id) ?? now;
  const parameters = new URLSearchParams(query);
  if (view.id === shown?.id && shown.change !== undefined) {
    shown.change(parameters);
    return false;
  }
  shown?.stop?.();
  root.replaceChildren(h('h1', {}, view.title));
  shown = { id: view.id, ...view.mount(root, { ...context, nowMs: context.nowMs, parameters }) };
  if (context.live !== undefined) shown.look?.(context.live);
  for (const link of at('tabs').querySelectorAll('a')) {
    if (link.dataset.view === view.id) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
  document.title = `${view.title} · Seaglass`;
  showTab();
  return true;
}

/** Where the links are wider than the window, that of the view that is shown, or what has the focus, is to be seen whole. */
function showTab(link = at('tabs').querySelector('[aria-current]')) {
  const nav = at('tabs').parentElement;
  const { offsetLeft, offsetWidth } = link;
  const right = offsetLeft + offsetWidth - nav.clientWidth;
  nav.scrollLeft = Math.min(Math.max(nav.scrollLeft, right), offsetLeft);
}

function look(live) {
  context.live = live;
  context.skewMs = live.atMs - Date.now();
  setTraceUrl(live.traceUrl);
  const { summary } = live;
  at('stream').hidden = true;
  drills.look(live.drills, context.nowMs());
  const { state, target, sinceMs: since } = summary;
  firstLine(state, { target, told: `Clients are told: ${summary.told}`, since });
  const { about } = summary;
  setText(
    at('about'),
    `Seaglass ${about.version} · ${about.engine} · data: ${about.data} · cluster ${about.clusterId} · clients connect to ${about.bootstrap.join(', ')}`,
  );
  countOpen(summary.openIncidents);
  shown?.look?.(live);
}

function countOpen(open) {
  const count = at('tabs').querySelector('[data-view=incidents] .count');
  const text = open === 0 ? '' : String(open);
  if (count.textContent === text) return;
  count.hidden = text === '';
  setText(count, text);
  showTab();
}

function lost(why) {
  at('stream').hidden = false;
  setText(at('stream'), `The gateway is not heard (${why}). What is below is what it said last.`);
  const unknown = 'Clients are told nothing that this page could know of.';
  firstLine('lost', { target: '', told: unknown, since: context.live?.atMs });
}

function firstLine(state, { target, told: text, since }) {
  sinceMs = since;
  document.querySelector('.top').dataset.state = state;
  setText(at('state'), STATES[state]);
  setText(at('target'), target);
  setText(at('told'), text);
  tellSince();
  const spoken = `${drills.spoken}${STATES[state]}. ${target}. ${text}`;
  // Said once when it changes, not with every tick.
  // A trouble that comes and goes is not said to be over each time.
  if (state === 'serving' && context.live?.summary.settles) return;
  if (spoken !== told) setText(at('announcer'), (told = spoken));
}

/** With the state, and with every tick. */
function tellSince() {
  setText(at('since'), sinceMs === undefined ? '' : sinceText(sinceMs));
}

function tick() {
  tellSince();
  drills.tick(context.nowMs());
  shown?.tick?.();
}

function sinceText(ms) {
  const date = new Date(ms).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });
  return `for ${longDuration(context.nowMs() - ms)}, since ${date}`;
}

function refused(message) {
  unwatch?.();
  shown?.stop?.();
  shown = undefined;
  context.live = undefined;
  drills.look([], 0);
  at('stream').hidden = true;
  countOpen(0);
  firstLine('locked', { target: '', told: '' });
  setText(at('about'), '');
  void knowWho();
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
  if (show()) root.focus({ preventScroll: true });
});
at('tabs').addEventListener('focusin', ({ target }) => showTab(target));
// What has the focus is not to lie behind the first line, which stays on top.
new ResizeObserver(([{ target }]) => {
  document.documentElement.style.scrollPaddingTop = `${target.offsetHeight + 8}px`;
}).observe(document.querySelector('.top'));
setInterval(tick, TICK_MS);
start();

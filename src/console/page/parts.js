/** Pieces that several views show. */
import { NotAllowed, post } from './api.js';
import { h, tag } from './dom.js';
import { bytes } from './format.js';

/** Where a trace is looked at, with {trace} for its id; told by the gateway. */
let traceUrl;

/** A view may have been drawn before it was told. */
export function setTraceUrl(url) {
  if (url === traceUrl) return;
  traceUrl = url;
  for (const plain of document.querySelectorAll('span.trace.id')) plain.replaceWith(traceLink(plain.textContent));
}

export function traceLink(id) {
  if (!id) return '';
  const short = `${id.slice(0, 8)}…`;
  if (traceUrl === undefined) return h('span', { class: 'trace id', title: `trace ${id}` }, id);
  const href = traceUrl.replaceAll('{trace}', encodeURIComponent(id));
  return h(
    'a',
    { class: 'trace', href, target: '_blank', rel: 'noreferrer noopener', 'aria-label': `trace ${id}` },
    short,
  );
}

export const traceCell = (id) => (id ? { sign: `trace ${id}`, make: () => traceLink(id) } : '');

/** A value or a key by its kind: null, empty and lost look different, and say so. */
export function field({ kind, bytes: size, schemaId, content }) {
  if (kind === 'null') return tag('null', 'null');
  if (kind === 'empty') return tag('empty', '0 B empty');
  const parts = [h('span', {}, bytes(size))];
  if (schemaId !== undefined) parts.push(' ', tag('', `schema ${schemaId}`));
  if (content !== undefined) {
    const cut = content.cut ? ' … cut' : '';
    parts.push(h('code', { class: 'content' }, `${content.form === 'hex' ? 'hex ' : ''}${content.text}${cut}`));
  }
  return h('span', {}, parts);
}

export const fieldCell = (shown) => ({ sign: JSON.stringify(shown), make: () => field(shown) });

const VERDICTS = { match: 'good', unknown: '' };
/** A verdict as a tag: what is wrong looks lost. */
export const verdictTag = (verdict) => tag(VERDICTS[verdict] ?? 'lost', verdict.replaceAll('_', ' '));

export const problem = (message) => h('p', { class: 'problem', role: 'alert' }, message);

/** How long a button keeps every trace. */
export const TRACE_MS = 300_000;

/** What begins a target; a name that is empty is none. */
export function traceFor(names, forMs) {
  const given = Object.entries(names).filter(([, name]) => name !== undefined && name !== '');
  return { do: 'start', ...Object.fromEntries(given), forMs };
}

/** "Trace this for five minutes"; then the view that shows what is left of them. */
export function traceButton(names, context) {
  const [[kind, name] = []] = Object.entries(names);
  const label = `Keep every trace of ${kind} ${name} for five minutes`;
  const button = h('button', { class: 'small operates', title: label, 'aria-label': label }, 'trace 5 min');
  button.addEventListener('click', () => {
    post('/api/trace-targets', traceFor(names, TRACE_MS)).then(
      () => context.go('tracing'),
      (error) => {
        if (error instanceof NotAllowed) context.refused(error.message);
        else button.after(problem(error.message));
      },
    );
  });
  return button;
}

export const traceButtonCell = (names, context) => ({
  sign: `trace ${Object.values(names).join()}`,
  make: () => traceButton(names, context),
});

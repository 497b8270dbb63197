/** Pieces that several views show. */
import { h, tag } from './dom.js';
import { bytes } from './format.js';

/** Where a trace is looked at, with {trace} for its id; told by the gateway. */
let traceUrl;
export const setTraceUrl = (url) => void (traceUrl = url);

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

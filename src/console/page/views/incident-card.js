/** One incident: what, since when, the sentence of the log, what to do. */
import { h, setText, tag } from '../dom.js';
import { clock, longDuration, words } from '../format.js';
import { traceLink } from '../parts.js';

export function incidentCard(incident) {
  const { severity, kind } = incident;
  const parts = {
    title: h('h3', {}, `${words(kind)}: ${incident.target}`),
    when: h('span', { class: 'quiet' }),
    sentence: h('p'),
    more: h('p', { class: 'quiet' }),
    traces: h('p', { class: 'quiet' }),
  };
  const card = h(
    'article',
    { class: 'card pad incident', 'data-severity': severity },
    h('header', {}, tag(severity, severity), parts.title, parts.when),
    parts.sentence,
    parts.more,
    parts.traces,
  );
  card.parts = parts;
  return card;
}

export function updateIncident(card, incident, nowMs) {
  const { when, sentence, more, traces } = card.parts;
  const over = incident.endedMs ?? incident.quietSinceMs;
  card.dataset.over = String(over !== undefined);
  setText(
    when,
    over === undefined
      ? `open for ${longDuration(nowMs - incident.sinceMs)}, since ${clock(incident.sinceMs)}`
      : `${clock(incident.sinceMs)} to ${clock(over)}, ${longDuration(over - incident.sinceMs)}`,
  );
  setText(sentence, incident.sentence);
  setText(
    more,
    `${incident.meaning}${over === undefined ? '' : ` Remedy: ${incident.remedy}`}${incident.failedRequests > 0 ? ` ${incident.failedRequests} requests failed.` : ''}`,
  );
  const sign = incident.traceIds.join();
  if (traces.sign === sign) return;
  traces.sign = sign;
  traces.hidden = sign === '';
  traces.replaceChildren('Traces: ', ...incident.traceIds.flatMap((id) => [traceLink(id), ' ']));
}

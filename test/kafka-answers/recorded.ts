/**
 * Exchanges as a text file: a line `== <api> <version>: <what was asked>`, the answer's lines below it. Neighbours that differ in their
 * version alone are written once, as `== <api> <first>-<last>: …`.
 */
import type { Exchange } from './script';

export function writeExchanges(exchanges: readonly Exchange[]): string {
  const text: string[] = [];
  for (let first = 0; first < exchanges.length;) {
    const [begin, last] = [exchanges[first], lastAlike(exchanges, first)];
    if (begin === undefined) break;
    const versions = last === first ? String(begin.version) : `${begin.version}-${begin.version + last - first}`;
    text.push(`== ${begin.api} ${versions}: ${begin.what}`, ...begin.lines);
    first = last + 1;
  }
  return `${text.join('\n')}\n`;
}

function lastAlike(exchanges: readonly Exchange[], first: number): number {
  const begin = exchanges[first];
  let last = first;
  for (let next = exchanges[last + 1]; next !== undefined && begin !== undefined; next = exchanges[last + 1]) {
    const follows =
      next.api === begin.api && next.what === begin.what && next.version === begin.version + last + 1 - first;
    if (!follows || next.lines.join('\n') !== begin.lines.join('\n')) break;
    last++;
  }
  return last;
}

export function readExchanges(text: string): Exchange[] {
  const exchanges: Exchange[] = [];
  for (const block of text.split(/^== /m).slice(1)) {
    const [head = '', ...lines] = block.trimEnd().split('\n');
    const match = /^(\w+) (\d+)(?:-(\d+))?: (.*)$/.exec(head);
    if (match === null)
      throw new Error(`expected an API, its versions and what was asked, got ${JSON.stringify(head)}`);
    const [, api = '', first, last = first, what = ''] = match;
    for (let version = Number(first); version <= Number(last); version++) exchanges.push({ api, version, what, lines });
  }
  return exchanges;
}

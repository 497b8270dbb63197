/** What the page changes of the rows that wait while looks come in: rows that stay are to be changed in place, whatever comes and goes. */
import type { Page } from 'playwright-core';

export interface RowChanges {
  readonly looks: number;
  /** The most rows that were there at a look. */
  readonly rows: number;
  /** Rows that came with a request. */
  readonly made: number;
  /** Rows of a request that was there already, made a second time. */
  readonly remade: number;
  /** Rows that were taken out and put in elsewhere. */
  readonly moved: number;
  /** Elements that came within rows that were there already. */
  readonly strays: readonly string[];
  /** Texts and attributes that changed in rows that were there already, the age in their first cell left out. */
  readonly changed: number;
  /** Elements of the page that are not in these rows, before and after. */
  readonly elements: readonly [before: number, after: number];
  /** The longest that the page did not listen to its user, ms. */
  readonly longestTaskMs: number;
  /** The longest between two frames, ms. */
  readonly longestFrameMs: number;
}

export const watchRows = (page: Page, looks: number): Promise<RowChanges> =>
  page.evaluate<RowChanges>(`(${WATCH})(${looks})`);

/** Runs in the page. */
const WATCH = String.raw`(looks) => new Promise((resolve) => {
  const rows = () => new Map([...document.querySelectorAll('.waiting tbody')].flatMap((each) => [...(each.byKey ?? [])]));
  const others = () => document.querySelectorAll('*').length - document.querySelectorAll('.waiting tbody *').length;
  const told = { looks: 0, rows: 0, made: 0, remade: 0, moved: 0, strays: [], changed: 0, elements: [others()], longestTaskMs: 0, longestFrameMs: 0 };
  let known = rows();
  const seen = new Set(known.values());
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) told.longestTaskMs = Math.max(told.longestTaskMs, duration);
  }).observe({ type: 'longtask' });
  let last = performance.now();
  const frame = (now) => {
    told.longestFrameMs = Math.max(told.longestFrameMs, Math.round(now - last));
    last = now;
    requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
  const observer = new MutationObserver((changes) => {
    const fresh = new Set();
    for (const { target, addedNodes, removedNodes, type } of changes) {
      const cell = (target.nodeType === Node.ELEMENT_NODE ? target : target.parentElement)?.closest('.waiting td');
      if (cell && cell !== cell.parentElement.firstElementChild && seen.has(cell.parentElement)) told.changed++;
    }
    for (const { addedNodes } of changes)
      for (const node of addedNodes) {
        if (node.nodeType !== Node.ELEMENT_NODE) continue;
        const row = node.closest('tr');
        if (node !== row) { if (row !== null && seen.has(row) && !fresh.has(row)) told.strays.push(node.outerHTML); }
        else if (seen.has(row)) { if (!fresh.has(row)) told.moved++; }
        else { seen.add(row); fresh.add(row); told.made++; }
      }
    const now = rows();
    for (const [id, row] of now) if (known.has(id) && known.get(id) !== row) told.remade++;
    known = now;
  });
  observer.observe(document.querySelector('.waiting'), { childList: true, subtree: true, characterData: true, attributes: true });
  const source = new EventSource('/api/events');
  source.addEventListener('live', () => {
    told.rows = Math.max(told.rows, document.querySelectorAll('.waiting tbody tr').length);
    if (++told.looks < looks) return;
    source.close();
    observer.disconnect();
    told.elements.push(others());
    resolve(told);
  });
})`;

/** A view that asks: at once, and again every few seconds while it is seen. What it had stays where the gateway cannot answer. */
import { NotAllowed } from './api.js';
import { h } from './dom.js';

const EVERY_MS = 3000;

/** `load()` fetches, `show(answer)` draws. Returns `{ again, stop, note }`; put `note` where a failure should be read. */
export function refreshing({ load, show, refused, everyMs = EVERY_MS }) {
  const note = h('p', { class: 'problem', role: 'status' });
  let timer;
  let stopped = false;
  let turn = 0;
  const again = async () => {
    clearTimeout(timer);
    const own = ++turn;
    try {
      const answer = document.hidden ? undefined : await load();
      if (stopped || own !== turn) return;
      if (answer !== undefined) {
        show(answer);
        note.textContent = '';
      }
    } catch (error) {
      if (stopped || own !== turn) return;
      if (error instanceof NotAllowed) return refused(error.message);
      note.textContent = `Not answered: ${error.message}. What is below may be old.`;
    }
    timer = setTimeout(again, everyMs);
  };
  void again();
  return {
    note,
    again,
    stop() {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

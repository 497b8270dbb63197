/** What the gateway sends by itself: one look a second. Where the stream cannot be had it is asked for every three seconds. */
import { get, NotAllowed } from './api.js';

const ASK_MS = 3000;
const SILENT_MS = 5000;

/** `on.look(live)`, `on.lost(why)`, `on.refused(message)`. Returns how to stop. */
export function watch(on) {
  let source;
  let timer;
  let heardMs = Date.now();
  let stopped = false;

  const heard = (live) => {
    if (stopped) return;
    heardMs = Date.now();
    on.look(live);
  };
  const ask = async () => {
    try {
      heard(await get('/api/live'));
    } catch (error) {
      if (stopped) return;
      if (error instanceof NotAllowed) return on.refused(error.message);
      on.lost(error.message);
    }
    if (!stopped) timer = setTimeout(source === undefined ? listen : ask, ASK_MS);
  };
  const listen = () => {
    source = new EventSource('/api/events');
    source.addEventListener('live', (event) => heard(JSON.parse(event.data)));
    source.onerror = () => {
      // Refused, full, or the gateway is gone: the answer to a question says which.
      source.close();
      source = undefined;
      void ask();
    };
  };
  listen();
  const silence = setInterval(() => {
    if (Date.now() - heardMs > SILENT_MS) on.lost(`nothing heard for ${Math.round((Date.now() - heardMs) / 1000)} s`);
  }, 1000);
  return () => {
    stopped = true;
    clearTimeout(timer);
    clearInterval(silence);
    source?.close();
  };
}

/** For work that nobody can give up: its own deadlines bound it. */
import { setMaxListeners } from 'node:events';

/** Never aborts. */
export const NEVER: AbortSignal = new AbortController().signal;
setMaxListeners(0, NEVER);

/** Whether a stream that lines are written to has failed: its reader is gone (`seaglass | head`), which ends the lines and not the gateway. */

/** One listener for each stream, however many write to it: several gateways may share the standard error of their process. */
const states = new WeakMap<NodeJS.WritableStream, { broken: boolean }>();

/** Watches the stream from now on; the function tells. */
export function brokenness(stream: NodeJS.WritableStream): () => boolean {
  const known = states.get(stream);
  if (known !== undefined) return () => known.broken;
  const state = { broken: false };
  states.set(stream, state);
  stream.on('error', () => (state.broken = true));
  return () => state.broken;
}

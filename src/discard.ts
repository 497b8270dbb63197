/**
 * Gives memory back at once. V8 frees a large buffer only when it looks for what is still needed, and tens of megabytes have piled up
 * by then; but a buffer that is transferred to a port at whose other end nobody is has gone when the call returns.
 */
import { MessageChannel } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';

/** Below this, a call costs more than the memory is worth. */
const BYTES_MIN = 16 * 1024;

let toNobody: MessagePort | undefined;

/** Nobody may use `bytes` any more: they are empty afterwards. What shares its memory with something else is left to V8. */
export function discard(bytes: Uint8Array): void {
  const { buffer, byteLength } = bytes;
  if (byteLength < BYTES_MIN || byteLength < buffer.byteLength || !(buffer instanceof ArrayBuffer)) return;
  toNobody ??= openToNobody();
  toNobody.postMessage(null, [buffer]);
}

function openToNobody(): MessagePort {
  const { port1, port2 } = new MessageChannel();
  port2.close();
  return port1;
}

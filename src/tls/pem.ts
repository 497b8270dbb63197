/** PEM files, read with words for what is wrong with them. */
import { readFileSync } from 'node:fs';

/** `what` says of which setting it is: `ssl.keystore-location`. Throws Error that names the setting, the file and what is wrong. */
export function readPem(path: string, kind: 'CERTIFICATE' | 'PRIVATE KEY', what: string): string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new Error(`${what} ${path} cannot be read: ${messageOf(error)}`, { cause: error });
  }
  if (!new RegExp(`-----BEGIN [A-Z ]*${kind}-----`).test(text))
    throw new Error(`${what} ${path} holds no ${kind}: expected PEM with "-----BEGIN ${kind}-----"`);
  return text;
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

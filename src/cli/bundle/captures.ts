/** What the flight recorder of a gateway has kept: the list of its recordings, and each as a capture file, contents redacted. */
import { z } from 'zod';
import type { ConsoleClient } from '../console-client';
import { messageOf } from '../doctor/check';
import type { TarFile } from './tar';

/** Of all captures together. One is as long as what was on the wire, of which most is zeros. */
const BYTES_MAX = 128 * 1024 * 1024;
const LIST = '/api/recordings';
const RECORDINGS = z.object({ recordings: z.array(z.object({ id: z.number() })) });

/** The newest first; what cannot be had stands in its place as text. */
export async function captures(client: ConsoleClient): Promise<readonly TarFile[]> {
  let listed: string;
  let ids: readonly number[];
  try {
    listed = await client.text(LIST);
    ids = RECORDINGS.parse(JSON.parse(listed)).recordings.map(({ id }) => id);
  } catch (error) {
    return [{ name: 'recordings.json', content: `${LIST} was not answered: ${messageOf(error)}\n` }];
  }
  const files: TarFile[] = [{ name: 'recordings.json', content: listed }];
  let bytes = 0;
  for (const id of ids) {
    const name = `recording-${id}`;
    try {
      // One at a time: the gateway makes each in one piece.
      const content = await client.file('/api/recording', { id: String(id) });
      bytes += content.byteLength;
      if (bytes <= BYTES_MAX) files.push({ name: `${name}.pcapng`, content });
      else return [...files, { name: `${name}.txt`, content: 'left out with all older ones: there was no room\n' }];
    } catch (error) {
      files.push({ name: `${name}.txt`, content: `it was not answered: ${messageOf(error)}\n` });
    }
  }
  return files;
}

/**
 * Says that a lock's holder lives, to whoever cannot see its pid because it is in another container: a unix socket beside the lock, listened
 * on before the lock is taken and until it is released. The system ends it with the process, and accepts for one that hangs.
 */
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as path from 'node:path';

/** A socket's path may have 107 bytes on Linux and 103 elsewhere. */
const SOCKET_PATH_BYTES_MAX = 100;

export interface Beacon {
  /** It keeps the process alive until then. */
  unref(): void;
  close(): void;
}

/** undefined where the directory's file system keeps no sockets. */
export async function lightBeacon(directory: string, name: string): Promise<Beacon | undefined> {
  const server = net.createServer((connection) => connection.destroy());
  const place = openPlace(directory, name);
  const listens = await new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(place.path, () => resolve(true));
  });
  const close = (): void => {
    server.close();
    place.close();
    fs.rmSync(path.join(directory, name), { force: true });
  };
  if (!listens) {
    place.close();
    return undefined;
  }
  return { unref: () => server.unref(), close };
}

/** Whether something listens on the socket, which may be named from the directory. */
export async function shines(directory: string, socket: string): Promise<boolean> {
  if (socket === '') return false;
  const full = path.resolve(directory, socket);
  const place = openPlace(path.dirname(full), path.basename(full));
  try {
    return await connects(place.path);
  } finally {
    place.close();
  }
}

function connects(file: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = net.connect(file);
    connection.once('connect', () => {
      connection.destroy();
      resolve(true);
    });
    connection.once('error', () => resolve(false));
  });
}

/** A path for a socket, by way of the open directory where the direct one is too long and the system has that way. */
function openPlace(directory: string, name: string): { readonly path: string; close(): void } {
  const direct = path.join(directory, name);
  const isShort = Buffer.byteLength(direct) <= SOCKET_PATH_BYTES_MAX;
  if (isShort || !fs.existsSync(directory) || !fs.existsSync('/proc/self/fd')) {
    return { path: direct, close: () => undefined };
  }
  const fd = fs.openSync(directory, 'r');
  return { path: `/proc/self/fd/${fd}/${name}`, close: () => fs.closeSync(fd) };
}

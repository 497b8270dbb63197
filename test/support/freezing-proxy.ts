/** A TCP proxy that freezes, as a peer does whose process was stopped: nothing is refused, closed or answered. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';

/** Passes bytes both ways until it is frozen; then it still accepts, as a stopped process's kernel does, and passes nothing. */
export class FreezingProxy {
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  #frozen = false;
  #address: string;

  /** `address`: host:port to pass bytes to. What comes back takes `lateMs` longer, as over a long line, and is as `alter` leaves it. */
  constructor(
    address: string,
    {
      lateMs = 0,
      alter = () => undefined,
    }: { readonly lateMs?: number; readonly alter?: (bytes: Buffer) => void } = {},
  ) {
    this.#address = address;
    const back = (socket: Socket, bytes: Buffer): void => {
      alter(bytes);
      if (lateMs === 0) socket.write(bytes);
      else setTimeout(() => socket.write(bytes), lateMs);
    };
    this.#server = createServer({ pauseOnConnect: true }, (socket) => {
      const [host, port] = this.#address.split(':');
      const peer = connect(Number(port), host);
      for (const each of [socket, peer]) {
        this.#sockets.add(each);
        each.on('error', () => each.destroy());
        each.on('close', () => this.#sockets.delete(each));
      }
      socket.on('data', (bytes) => peer.write(bytes)).on('close', () => peer.destroy());
      peer.on('data', (bytes) => back(socket, bytes)).on('close', () => socket.destroy());
      if (this.#frozen) for (const each of [socket, peer]) each.pause();
      else socket.resume();
    });
  }

  async listen(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Ends the connections that stand; the next lead there. */
  lead(address: string): void {
    this.#address = address;
    for (const socket of this.#sockets) socket.destroy();
  }

  freeze(): void {
    this.#frozen = true;
    for (const socket of this.#sockets) socket.pause();
  }

  thaw(): void {
    this.#frozen = false;
    for (const socket of this.#sockets) socket.resume();
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

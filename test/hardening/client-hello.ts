/** The first bytes of a TLS handshake as a client sends them, to be cut, mangled or left alone. */
import { createServer, type AddressInfo } from 'node:net';
import { connect } from 'node:tls';

/** Taken from Node's own client. */
export function clientHello(): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.once('data', (bytes: Buffer) => {
        resolve(bytes);
        socket.destroy();
        server.close();
      });
    });
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const client = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' });
      client.on('error', () => undefined);
    });
  });
}

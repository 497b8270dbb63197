/**
 * Goal: commands that ask a console again and again do not fail where it closes a connection that nobody used for a while. Method: a server that
 * closes a connection when it is used a second time, as one does whose time for idle ones is over at that moment.
 */
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { ConsoleClient } from '../../src/cli/console-client';

test('what is asked behind an answer is answered, whatever became of the connection', async () => {
  const used = new WeakSet<Socket>();
  const server = createServer(({ socket }, response) => {
    if (used.has(socket)) return void socket.destroy();
    used.add(socket);
    response.end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const client = new ConsoleClient({ url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
    expect(await client.json('/api/drills')).toEqual({});
    expect(await client.json('/api/drills', {}, { do: 'stop' })).toEqual({});
    expect(await client.json('/api/drills')).toEqual({});
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

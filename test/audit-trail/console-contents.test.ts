/**
 * Goal: whoever looks into records at the console, or changes what runs there, is in the trail, and what they saw is not. Method: a whole
 * gateway whose console shows contents, HTTP, and the file that its settings name.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { batchOf, createTopic, startWholeGateway } from '../e2e/support';
import { auditFileLines } from '../support/audit-lines';

const TIMEOUT_MS = 60_000;
const SECRET = 'canary-of-a-record';
const TOKEN = 'contents-token-0123456789';
const OPERATE = 'operate-token-0123456789';

test(
  'contents that were shown are told with their offsets, and changes with who made them',
  async () => {
    const directory = mkdtempSync(join(tmpdir(), 'seaglass-audit-contents-'));
    const file = join(directory, 'audit.jsonl');
    const gateway = await startWholeGateway({
      flags: {
        data: join(directory, 'data'),
        'console.contents': 'true',
        'console.contents-token': TOKEN,
        'console.operate-token': OPERATE,
        'audit.file': file,
      },
    });
    const ask = (path: string, token: string, body?: object): Promise<Response> =>
      fetch(`${gateway.console}${path}`, {
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
      });
    try {
      const client = await gateway.client();
      await createTopic(client, 'orders', {});
      await client.produce('orders', batchOf(SECRET, SECRET, SECRET));
      const page = await ask('/api/records?topic=orders&offset=1', TOKEN);
      expect(await page.text()).toContain(SECRET);
      const empty = await ask('/api/records?topic=orders&offset=3', TOKEN);
      expect(empty.status).toBe(200);
      const sizes = await ask('/api/records?topic=orders&offset=0', OPERATE);
      expect(await sizes.text()).not.toContain(SECRET);
      expect((await ask('/api/runtime', OPERATE, { key: 'log.level', value: 'warn' })).status).toBe(200);
      const target = { do: 'start', topic: 'orders', forMs: 1_000 };
      expect((await ask('/api/trace-targets', OPERATE, target)).status).toBe(200);
      expect((await ask('/api/drills', OPERATE, { do: 'stop', drill: 'slow-broker' })).status).toBe(403);
    } finally {
      await gateway.close();
    }
    const told = auditFileLines(file)
      .filter(({ listener }) => listener === 'console')
      .map(({ event, principal, api, resource_name: name, verdict, detail }) =>
        [String(event).replace('audit.', ''), principal, api, name, verdict, detail].join(' '),
      );
    const operator = 'User:console.operate-token';
    expect(told).toEqual([
      'contents_read User:console.contents-token /api/records orders allowed partition=0 offsets=1-2 records=2',
      `console_changed ${operator} /api/runtime console allowed key=log.level value=warn`,
      `console_changed ${operator} /api/trace-targets console allowed do=start topic=orders forMs=1000`,
      `console_changed ${operator} /api/drills console failed do=stop drill=slow-broker`,
    ]);
    expect(readFileSync(file, 'utf8')).not.toContain(SECRET);
    rmSync(directory, { recursive: true, force: true });
  },
  TIMEOUT_MS,
);

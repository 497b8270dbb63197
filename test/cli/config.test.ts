/**
 * Goal: the effective configuration is what its sources say, in their order, and whatever cannot be used is refused in words
 * that name the key, the value and what is allowed. Method: sources are given as data; the file is a real one.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, ConfigError, type ConfigSources, loadConfig } from '../../src/config';
import { NAMED_SETTINGS } from '../../src/config/settings';
import { DEFAULT_ENGINE_SETTINGS } from '../../src/engine/settings';
import { DEFAULT_LIMITS } from '../../src/limits';

const directory = mkdtempSync(join(tmpdir(), 'seaglass-config-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function file(content: string): string {
  const path = join(directory, `${NAMED_SETTINGS.length}-${Math.random().toString(36).slice(2)}.yaml`);
  writeFileSync(path, content);
  return path;
}

const load = (sources: ConfigSources = {}): Config => loadConfig({ environment: {}, ...sources });
const flags = (values: Record<string, string>): ConfigSources => ({ flags: new Map(Object.entries(values)) });

function refusal(sources: ConfigSources): string {
  try {
    load(sources);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message;
  }
  throw new Error('expected a refusal');
}

test('without any source the defaults hold: embedded engine, loopback addresses, ./data', () => {
  const config = load();
  expect(config.general).toMatchObject({
    engine: 'embedded',
    listen: [{ name: 'PLAINTEXT', address: { host: '127.0.0.1', port: 9092 } }],
    data: './data',
    fsync: 'os',
    trace: 'default',
  });
  expect(config.console.listen).toEqual({ host: '127.0.0.1', port: 9464 });
  expect(config.limits).toEqual({ ...DEFAULT_LIMITS, connectionsPerAddressMaxOverrides: [] });
  expect(config.engineSettings).toEqual(DEFAULT_ENGINE_SETTINGS);
  expect(config.effective.every((setting) => setting.origin.kind === 'default')).toBe(true);
});

test('a flag wins over the environment, the environment over the file, the file over the default', () => {
  const configPath = file('listen: 127.0.0.1:1\ndata: /from/file\nlog:\n  level: warn\nconsole.listen: "[::1]:7"\n');
  const config = load({
    configPath,
    environment: { SEAGLASS_LISTEN: '127.0.0.1:2', SEAGLASS_DATA: '/from/environment' },
    ...flags({ listen: '127.0.0.1:3' }),
  });
  expect(config.general.listen[0]?.address.port).toBe(3);
  expect(config.general.data).toBe('/from/environment');
  expect(config.log.level).toBe('warn');
  expect(config.console.listen).toEqual({ host: '::1', port: 7 });
  const origin = (key: string) => config.effective.find((setting) => setting.key === key)?.origin;
  expect(origin('listen')).toEqual({ kind: 'flag', name: '--listen' });
  expect(origin('data')).toEqual({ kind: 'environment', name: 'SEAGLASS_DATA' });
  expect(origin('log.level')).toEqual({ kind: 'file', name: configPath });
  expect(origin('engine')).toEqual({ kind: 'default', name: '' });
});

test('trace none is another word for off', () => {
  expect(load(flags({ trace: 'none' })).general.trace).toBe('off');
  expect(load(flags({ trace: 'off' })).general.trace).toBe('off');
  expect(refusal(flags({ trace: 'nothing' }))).toContain('allowed: all, default, off, none');
});

test('SEAGLASS_CONFIG names the file, and --config comes before it', () => {
  const environment = { SEAGLASS_CONFIG: file('data: from-variable') };
  expect(load({ environment }).general.data).toBe('from-variable');
  expect(load({ environment, configPath: file('data: from-flag') }).general.data).toBe('from-flag');
});

test('every setting takes its default as text, from a flag and from the environment alike', () => {
  for (const { key, variable, setting } of NAMED_SETTINGS) {
    const printed = setting.print(setting.default);
    if (printed === '') continue;
    const expected = load().effective.find((found) => found.key === key)?.value;
    for (const sources of [flags({ [key]: printed }), { environment: { [variable]: printed } }]) {
      expect(load(sources).effective.find((found) => found.key === key)).toMatchObject({ key, value: expected });
    }
  }
});

test.each([
  ['listen', 'nowhere', 'host:port'],
  ['listen', '127.0.0.1:99999', 'host:port'],
  ['engine', 'kafka', 'embedded, seaweedmq'],
  ['fsync', 'sometimes', 'os, interval, always'],
  ['trace', 'some', 'all, default, off'],
  ['limits.connections-max', '0', 'a whole number from 1'],
  ['limits.connections-max', '1.5', 'a whole number from 1'],
  ['limits.frame-bytes-max', '100 gallons', '1MiB'],
  ['kafka.auto-create-topics', 'maybe', 'true, false'],
  ['brokers', 'host', 'host:port'],
  ['cluster-id', 'with space', 'letters, digits'],
  ['advertised', 'host:port:port', 'host'],
])('%s = %j is refused with the key, the value and what is allowed', (key, value, allowed) => {
  const variable = NAMED_SETTINGS.find((named) => named.key === key)?.variable ?? '';
  const fromFlag = refusal(flags({ [key]: value }));
  expect(fromFlag).toContain(`${key}: ${JSON.stringify(value)} (from --${key.replace('.', '-')})`);
  expect(fromFlag).toContain(allowed);
  expect(refusal({ environment: { [variable]: value } })).toContain(`(from environment ${variable})`);
  const configPath = file(`${key}: ${JSON.stringify(value)}`);
  expect(refusal({ configPath })).toContain(`(from file ${configPath})`);
});

test('an unknown key of the file is refused with its value, the nearest key and all keys', () => {
  const message = refusal({ configPath: file('limits:\n  conections-max: 7\n') });
  expect(message).toContain('limits.conections-max: 7');
  expect(message).toContain('did you mean limits.connections-max?');
  expect(message).toContain('advertised, ');
});

test('an unknown SEAGLASS_ variable is refused; those of the test suite and foreign ones are not ours', () => {
  expect(refusal({ environment: { SEAGLASS_LISTN: 'x' } })).toContain('did you mean SEAGLASS_LISTEN?');
  load({ environment: { SEAGLASS_TEST_WEED: 'weed', HOME: '/root', SEAGLASS_DATA: '' } });
});

test('a file that is absent, is no YAML, holds no mapping or names a key twice is refused', () => {
  expect(refusal({ configPath: join(directory, 'absent.yaml') })).toContain('cannot be read');
  expect(refusal({ configPath: file('listen: [1') })).toContain('is not YAML');
  expect(refusal({ configPath: file('- listen') })).toContain('no mapping');
  expect(refusal({ configPath: file('console.listen: a:1\nconsole:\n  listen: b:2\n') })).toContain('given twice');
});

test('engine seaweedmq needs a filer and brokers or masters', () => {
  const seaweed = { engine: 'seaweedmq' };
  expect(refusal(flags(seaweed))).toContain('needs brokers');
  expect(refusal(flags({ ...seaweed, brokers: 'a:17777, b:17777.27777' }))).toContain('needs filer');
  const config = load(flags({ ...seaweed, brokers: 'a:17777, b:17777.27777', filer: 'f:8888' }));
  expect(config.general.brokers).toEqual(['a:17777', 'b:17777.27777']);
});

test('clients are told the address listened on, the one given, and never a wildcard', () => {
  expect(told({ listen: 'myhost:0' }, 4711)).toEqual([['PLAINTEXT', 'myhost', 4711]]);
  expect(refusal(flags({ listen: '0.0.0.0:9092' }))).toContain('advertised is needed');
  expect(refusal(flags({ listen: '[::]:9092' }))).toContain('advertised is needed');
  expect(refusal(flags({ advertised: '0.0.0.0:9092' }))).toContain('advertised: "0.0.0.0:9092"');
  const wildcard = { listen: '0.0.0.0:0' };
  expect(told({ ...wildcard, advertised: 'public' }, 5)).toEqual([['PLAINTEXT', 'public', 5]]);
  expect(told({ ...wildcard, advertised: '[fe80::1]:6' }, 5)).toEqual([['PLAINTEXT', 'fe80::1', 6]]);
});

test('several listeners have names, and the clients of each are told its own address', () => {
  const listen = 'INTERNAL://127.0.0.1:9092, EXTERNAL://0.0.0.0:9093';
  expect(told({ listen, advertised: 'EXTERNAL://kafka.example.org' }, 7)).toEqual([
    ['INTERNAL', '127.0.0.1', 7],
    ['EXTERNAL', 'kafka.example.org', 7],
  ]);
  expect(refusal(flags({ listen }))).toContain('advertised is needed where listen is a wildcard (0.0.0.0:9093)');
  expect(refusal(flags({ listen, advertised: 'kafka.example.org' }))).toContain('the name of a listener');
  expect(refusal(flags({ listen, advertised: 'OTHER://kafka.example.org' }))).toContain('INTERNAL://host:port');
  expect(refusal(flags({ listen: '127.0.0.1:1,127.0.0.1:2' }))).toContain('two listeners PLAINTEXT');
  expect(refusal(flags({ listen: 'A://nowhere' }))).toContain('NAME://host:port');
});

/** Name, host and port that clients of each listener are told, all ports being `port`. */
function told(settings: Record<string, string>, port: number): unknown {
  return load(flags(settings)).listeners.map(({ name, advertised }) => {
    const address = advertised(port);
    return [name, address.host, address.port];
  });
}

describe('what one listener has of its own', () => {
  const two = {
    listen: 'IN://127.0.0.1:1,OUT.SIDE://127.0.0.1:2',
    'listener-security-protocol-map': 'IN:SSL,OUT.SIDE:SSL',
  };
  const shared = { ...two, 'ssl.keystore-location': 'all.pem', 'ssl.key-location': 'all.key' };
  const tls = (config: Config): unknown => config.listeners.map((each) => each.tls?.settings);
  const text =
    'out.side.ssl.keystore.location=own.pem;OUT.SIDE.ssl.client-auth=required;in.ssl.enabled.protocols=TLSv1.3';
  const expected = [
    { keystoreLocation: 'all.pem', keyLocation: 'all.key', clientAuth: 'none', enabledProtocols: ['TLSv1.3'] },
    // The key of the others does not fit its certificate.
    { keystoreLocation: 'own.pem', keyLocation: undefined, clientAuth: 'required' },
  ];

  test('comes before what all have, and the rest is left to that', () => {
    expect(tls(load(flags({ ...shared, 'listener.name': text })))).toMatchObject(expected);
  });

  test.each([
    [
      'Kafka’s names',
      'listener.name.out.side.ssl.keystore.location: own.pem\nlistener.name.out.side.ssl.client.auth: required\n',
    ],
    [
      'mappings',
      'listener:\n  name:\n    out.side:\n      ssl:\n        keystore.location: own.pem\n        client.auth: required\n',
    ],
    [
      'both',
      'listener:\n  name.out.side:\n    ssl.keystore.location: own.pem\n    ssl:\n      client-auth: required\n',
    ],
  ])('is written in the file as %s', (_how, content) => {
    expect(tls(load({ configPath: file(content), ...flags(shared) }))).toMatchObject([{}, expected[1]]);
  });

  test.each([
    ['out.side.ssl.client.auth=maybe', 'listener.name.out.side.ssl.client.auth: "maybe"', 'none, requested, required'],
    ['in.ssl.client.aut=none', 'listener.name.in.ssl.client.aut', 'did you mean in.ssl.client.auth?'],
    ['elsewhere.ssl.client.auth=none', 'names ELSEWHERE', 'IN, OUT.SIDE'],
  ])('%s is refused', (given, ...words) => {
    const message = refusal(flags({ ...shared, 'listener.name': given }));
    for (const word of words) expect(message).toContain(word);
  });

  describe('the mechanisms of SASL', () => {
    const signing = {
      listen: 'IN://127.0.0.1:0,OUT.SIDE://127.0.0.1:0,OPEN://127.0.0.1:0',
      'listener-security-protocol-map': 'IN:SASL_PLAINTEXT,OUT.SIDE:SASL_PLAINTEXT,OPEN:PLAINTEXT',
    };
    const own = (value: string) => flags({ ...signing, 'listener.name': `out.side.sasl.enabled.mechanisms=${value}` });

    test('are those of the listener, and of all where it says none', () => {
      expect(load(own('plain')).listeners.map(({ mechanisms }) => mechanisms)).toEqual([
        ...[['SCRAM-SHA-256', 'SCRAM-SHA-512'], ['PLAIN'], []],
      ]);
    });

    test.each([
      ['GSSAPI', 'PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, OAUTHBEARER'],
      ['', 'listener OUT.SIDE speaks SASL_PLAINTEXT and needs sasl.enabled-mechanisms'],
      ['OAUTHBEARER', 'OAUTHBEARER in sasl.enabled-mechanisms needs sasl.oauthbearer-jwks-endpoint-url'],
    ])('“%s” is refused', (value, words) => {
      expect(refusal(own(value))).toContain(words);
    });
  });

  test('a listener that speaks SSL needs a certificate from either', () => {
    const message = refusal(flags({ ...two, 'listener.name': 'in.ssl.keystore.location=in.pem' }));
    expect(message).toContain('listener OUT.SIDE speaks SSL and needs ssl.keystore-location');
  });

  test('a password is not shown', () => {
    const config = load(flags({ ...shared, 'listener.name': 'in.ssl.key.password=hunter2' }));
    expect(config.effective.find(({ key }) => key === 'listener.name')?.value).toBe('in.ssl.key.password=********');
    const twice = file(
      'listener.name.in.ssl.key.password: hunter2\nlistener:\n  name:\n    in.ssl.key.password: hunter2\n',
    );
    expect(refusal({ configPath: twice, ...flags(shared) })).not.toContain('hunter2');
  });
});

test('topic defaults are a YAML mapping or name=value pairs', () => {
  const expected = new Map([
    ['cleanup.policy', 'compact,delete'],
    ['retention.ms', '1000'],
  ]);
  expect(
    load(flags({ 'kafka.topic-defaults': 'cleanup.policy=compact,delete;retention.ms=1000' })).kafka.topicDefaults,
  ).toEqual(expected);
  const configPath = file('kafka:\n  topic-defaults:\n    cleanup.policy: compact,delete\n    retention.ms: 1000\n');
  expect(load({ configPath }).kafka.topicDefaults).toEqual(expected);
});

test.each([
  ['retention.ms=abc', 'kafka.topic-defaults.retention.ms: "abc"', 'a whole number from -1 to 9223372036854775807'],
  ['segment.bytes=1', 'kafka.topic-defaults.segment.bytes: "1"', 'a whole number from 1048576 to 2147483647'],
  ['min.cleanable.dirty.ratio=2', 'kafka.topic-defaults.min.cleanable.dirty.ratio: "2"', 'a number from 0 to 1'],
  ['cleanup.policy=shred', 'kafka.topic-defaults.cleanup.policy: "shred"', 'compact, delete'],
  ['preallocate=yes', 'kafka.topic-defaults.preallocate: "yes"', 'true, false'],
  ['compression.gzip.level=0', 'kafka.topic-defaults.compression.gzip.level: "0"', 'from 1 to 9, or -1'],
  ['retention.mss=1000', 'kafka.topic-defaults.retention.mss: "1000"', 'did you mean retention.ms?'],
  ['retention.ms=1;retention.ms=2', 'kafka.topic-defaults: "retention.ms=1;retention.ms=2"', 'each name once'],
  ['min.compaction.lag.ms=2;max.compaction.lag.ms=1', 'kafka.topic-defaults (', 'min.compaction.lag.ms (2) >'],
  ['remote.storage.enable=true', 'kafka.topic-defaults (', 'Tiered Storage'],
  ['retention.ms', 'kafka.topic-defaults: "retention.ms"', 'name=value pairs'],
])('topic defaults of %j are refused by the name of the setting', (text, ...words) => {
  const message = refusal(flags({ 'kafka.topic-defaults': text }));
  for (const word of [...words, 'from --kafka-topic-defaults']) expect(message).toContain(word);
});

test('a whole number in the file is exact, however great', () => {
  const configPath = file('kafka:\n  topic-defaults:\n    flush.ms: 9223372036854775807\n    retention.ms: 1000\n');
  expect([...load({ configPath }).kafka.topicDefaults.values()]).toEqual(['9223372036854775807', '1000']);
  expect(refusal({ configPath: file('limits.connections-max: 9223372036854775807') })).toContain(
    '"9223372036854775807"',
  );
});

test('OTEL_ variables are passed on as they are, and printed without their secrets', () => {
  const environment = {
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://user:pass@collector:4318',
    OTEL_EXPORTER_OTLP_HEADERS: 'authorization=Bearer canary',
  };
  const config = load({ environment });
  expect(config.otel).toEqual(environment);
  const printed = JSON.stringify(config.effective);
  expect(printed).not.toContain('canary');
  expect(printed).not.toContain('pass@');
  expect(printed).toContain('collector:4318');
});

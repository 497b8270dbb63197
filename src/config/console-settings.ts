/** Settings of the console: where it is, who may do what there, and what it shows. */
import type { Setting } from './setting';
import { flag, listenAddress, optionalText, secretText, texts } from './setting';

const FILE = { pattern: /\S/, allowed: 'a path' };

const token = (meaning: string): Setting<string | undefined> =>
  secretText(meaning, {
    pattern: /^[\x21-\x7e]{16,256}$/,
    allowed: '16 to 256 printable characters without spaces',
  });
const tokenFile = (key: string): Setting<string | undefined> =>
  optionalText(`A file whose first line is console.${key}.`, FILE);
const users = (right: string): Setting<readonly string[]> =>
  texts([], `Users who may, by their password, ${right}; * is everybody who has one.`, {
    pattern: /^\S{1,249}$/,
    allowed: 'names of users, or *',
  });

export const consoleSection = {
  listen: listenAddress(
    '127.0.0.1:9464',
    'Where the console, /metrics, /healthz, /readyz and /debug/inflight are served.',
  ),
  hosts: texts(
    [],
    'Names by which it may be asked, beside addresses, localhost and host.docker.internal; * allows any.',
    { pattern: /^(?:\*|[\w.-]{1,253})$/, allowed: 'a host name without a port, or *' },
  ),
  token: token(
    'What lets in with every right. Off loopback the console is closed until this, another token or users are set.',
  ),
  tokenFile: tokenFile('token'),
  viewToken: token('What lets in to look, and to nothing else.'),
  viewTokenFile: tokenFile('view-token'),
  operateToken: token('What lets in to look and to change what runs: trace targets, log level and trace mode, drills.'),
  operateTokenFile: tokenFile('operate-token'),
  contentsToken: token('What lets in to look, and to see contents of records where console.contents is on.'),
  contentsTokenFile: tokenFile('contents-token'),
  metricsToken: token('What lets in to /metrics alone: for Prometheus.'),
  metricsTokenFile: tokenFile('metrics-token'),
  viewUsers: users('look'),
  operateUsers: users('look and change what runs'),
  contentsUsers: users('look, and see contents of records where console.contents is on'),
  openMetrics: flag(
    false,
    'Whether whoever reaches the port may scrape /metrics; otherwise it needs the right metrics, as all else needs its own.',
  ),
  sslKeystoreLocation: optionalText(
    'PEM file of the private key and the chain of certificates; where it is set, the console speaks TLS alone.',
    FILE,
  ),
  sslKeyLocation: optionalText('PEM file of the private key, where it is not in console.ssl-keystore-location.', FILE),
  sslKeyPassword: secretText('Of an encrypted private key of the console.', {
    pattern: /^.+$/s,
    allowed: 'a text',
  }),
  contents: flag(
    false,
    'Whether the record browser shows keys, values and header values to who has the right contents; otherwise their sizes alone.',
  ),
  traceUrl: optionalText('Where a trace is looked at, with {trace} for its id: http://127.0.0.1:16686/trace/{trace}', {
    pattern: /^https?:\/\/\S*\{trace\}\S*$/,
    allowed: 'an http or https address that holds {trace}',
  }),
};

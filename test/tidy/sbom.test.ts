/**
 * Goal: the bill of materials is whole: every package that an installation may hold, with its version, hash and licence, and none of
 * development that is not marked as such. Method: `npm run sbom`, compared with the lock file.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './sources';

interface Component {
  readonly purl: string;
  readonly hashes?: readonly unknown[];
  readonly licenses?: readonly unknown[];
  readonly properties: readonly { readonly name: string }[];
}

interface Locked {
  readonly version?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
}

const DEVELOPMENT = 'cdx:npm:package:development';

test('npm run sbom names every package of an installation, in CycloneDX', () => {
  const { status, stdout, stderr } = spawnSync('npm', ['run', '--silent', 'sbom'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  expect([status, status === 0 ? '' : stderr]).toEqual([0, '']);
  const bill = JSON.parse(stdout) as { readonly bomFormat: string; readonly components: readonly Component[] };
  expect(bill.bomFormat).toBe('CycloneDX');
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    readonly packages: Readonly<Record<string, Locked>>;
  };
  const installed = Object.entries(packages)
    .filter(([path, { dev, devOptional }]) => path !== '' && dev !== true && devOptional !== true)
    .map(([path, { version }]) => `pkg:npm/${path.replace(/.*node_modules\//, '')}@${String(version)}`);
  const named = bill.components.filter(({ properties }) => !properties.some(({ name }) => name === DEVELOPMENT));
  expect(new Set(named.map(({ purl }) => decodeURIComponent(purl)))).toEqual(new Set(installed));
  expect(named.filter(({ hashes, licenses }) => hashes === undefined || licenses === undefined)).toEqual([]);
}, 120_000);

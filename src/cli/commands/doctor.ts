/** `seaglass doctor`: is everything as it should be; one line for each thing, and what to do about what is not. */
import { systemClock } from '../../clock';
import type { DrillClient } from '../../drills/run/drill-client';
import { initCompression } from '../../protocol/compression/compression';
import type { ConsoleClient } from '../console-client';
import type { CommandCall, ConsoleCommand } from '../console-command';
import { clientAccess, type ClientAccess } from '../kafka-client/client-properties';
import { addressChecks } from '../doctor/addresses';
import { type CheckResult, checkLines, failed, messageOf, passed, skipped } from '../doctor/check';
import { certificateChecks, ownCertificateCheck } from '../doctor/certificates';
import * as health from '../doctor/health';
import { phaseChecks } from '../doctor/phases';
import { probeChecks } from '../doctor/probe';
import { askApiVersions } from '../doctor/questions';
import { schemasCheck } from '../doctor/schemas';
import { superUsersCheck, usersCheck } from '../doctor/users';
import { CLIENTS, versionsCheck } from '../doctor/versions';

async function run({ client, options, print }: CommandCall): Promise<number> {
  const file = options['commandConfig'];
  const access = clientAccess(typeof file === 'string' ? file : undefined);
  await initCompression();
  let failures = 0;
  let warnings = 0;
  for await (const result of checks(client, access)) {
    if (result.state === 'fail') failures += 1;
    if (result.state === 'warn') warnings += 1;
    print(checkLines(result));
  }
  print(failures + warnings === 0 ? '\nall is well\n' : `\n${failures} failed, ${warnings} warnings\n`);
  return failures === 0 ? 0 : 1;
}

/** Each as soon as it is known. */
async function* checks(client: ConsoleClient, access: ClientAccess): AsyncIterable<CheckResult> {
  // Before it is asked: an expired one is why it could not be.
  yield* await consoleCertificate(client.url);
  const askedMs = systemClock.nowMs();
  // Asked so by nobody else: an answer that others share may be a second old.
  const found = health.HEALTH.parse(await client.json('/api/health', { asked: String(askedMs) }));
  const answeredMs = systemClock.nowMs();
  yield passed('console', `${client.url} answers after ${answeredMs - askedMs} ms`);
  yield health.clockCheck(found, askedMs, answeredMs);
  yield health.engineClockCheck(found);
  yield health.engineCheck(found);
  yield health.diskCheck(found);
  yield health.filesCheck(found);
  yield health.memoryCheck(found);
  yield health.tracesCheck(found);
  yield usersCheck(found.security, found.advertised);
  yield superUsersCheck(found.security, found.advertised);
  for (const each of found.advertised)
    if (each.protocol.endsWith('SSL')) yield* await certificateChecks(each, access.tls, systemClock.nowMs());
  for (const own of found.certificates) yield ownCertificateCheck(own, answeredMs);
  const { checks: addresses, kafka } = await addressChecks(found.advertised, access);
  yield* addresses;
  yield await versions(client, kafka);
  if (kafka === undefined) {
    yield skipped('probe record', 'no advertised address serves from here');
    return;
  }
  try {
    yield* kafkaChecks(client, kafka);
  } finally {
    kafka.close();
  }
}

async function* kafkaChecks(client: ConsoleClient, kafka: DrillClient): AsyncIterable<CheckResult> {
  const before = await client.text('/metrics');
  try {
    yield* await probeChecks(kafka);
  } catch (error) {
    yield failed('probe record', messageOf(error), 'seaglass top says what waits now');
  }
  yield await schemasCheck(kafka);
  yield* phaseChecks(before, await client.text('/metrics'));
}

async function consoleCertificate(url: string): Promise<readonly CheckResult[]> {
  const { protocol, hostname, port } = new URL(url);
  if (protocol !== 'https:') return [];
  const host = hostname.replace(/^\[|\]$/g, '');
  return certificateChecks({ listener: 'CONSOLE', host, port: Number(port || 443) }, {}, systemClock.nowMs());
}

async function versions(client: ConsoleClient, kafka: DrillClient | undefined): Promise<CheckResult> {
  const connected = CLIENTS.parse(await client.json('/api/clients'));
  return versionsCheck(connected, kafka === undefined ? undefined : (await askApiVersions(kafka)).apiKeys);
}

export const doctorCommand: ConsoleCommand = {
  name: 'doctor',
  summary:
    'is everything as it should be: one line a check, and what to do about what is not; exit code 1 where one failed',
  options: [
    {
      flags: '--command-config <file>',
      meaning:
        "Whom to trust and as whom to sign in, as Kafka's tools are told: ssl.truststore.location, ssl.keystore.location, sasl.mechanism, sasl.jaas.config.",
    },
  ],
  examples: ['doctor', 'doctor --console https://gateway:9464 --token-file token --command-config admin.properties'],
  run,
};

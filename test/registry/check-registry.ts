/**
 * What a registry is asked to do over a gateway: register schemas, answer with them, answer with them after a restart, which
 * makes it read its topic again, and delete them. Works with every registry that speaks Confluent's REST interface.
 */
import { randomBytes } from 'node:crypto';
import { RegistryClient } from './registry-client';
import { SchemaRun } from './schema-run';
import { makeSchemas } from './schemas';

export interface RegistryCheck {
  /** For instance http://127.0.0.1:8081, or Apicurio's http://127.0.0.1:8080/apis/ccompat/v7 */
  readonly registry: string;
  /** One run for each, all registered before the one restart. */
  readonly counts: readonly number[];
  /** Resolves when the registry was restarted; it need not answer yet. */
  restart(): Promise<void>;
  say(line: string): void;
}

const RESTART_DEADLINE_MS = 120_000;
const RETRY_MS = 250;

/** Resolves with what went wrong, a line each; nothing where all went right. */
export async function checkRegistry(check: RegistryCheck): Promise<readonly string[]> {
  const client = new RegistryClient(check.registry);
  const runs = check.counts.map((count) => new SchemaRun(client, makeSchemas(randomBytes(4).toString('hex'), count)));
  const before = [];
  for (const run of runs) before.push({ registered: await run.register(), verified: await run.verify() });
  await check.restart();
  for (const run of runs) await untilListed(run);
  for (const [index, run] of runs.entries()) {
    const of = `/${run.schemas.length}`;
    const { registered = 0, verified = 0 } = before[index] ?? {};
    const again = await run.verify();
    check.say(`registered ${registered}${of} verified ${verified}${of} after restart ${again}${of}`);
    const softly = await run.deleteSoftly();
    const forGood = await run.deleteForGood();
    check.say(`deleted softly ${softly}${of} for good ${forGood}${of}`);
    if ([registered, verified, again, softly, forGood].some((right) => right !== run.schemas.length)) {
      run.failures.push(`not all of ${run.schemas.length} schemas went right`);
    }
  }
  return runs.flatMap((run) => run.failures);
}

/** Some registries answer before they have read their topic. Past the deadline, what is missing shows in the verification. */
async function untilListed(run: SchemaRun): Promise<void> {
  const deadline = Date.now() + RESTART_DEADLINE_MS;
  while (Date.now() < deadline) {
    try {
      if (await run.isListed()) return;
    } catch (error) {
      if (Date.now() + RETRY_MS >= deadline) run.failures.push(`after the restart: ${String(error)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
}

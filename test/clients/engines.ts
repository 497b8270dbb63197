/**
 * The two engines that every client meets: `describeOnEngines(name, suite)` runs a suite against a gateway process on the
 * embedded node and against one on a real SeaweedFS. A suite that lacks its program is skipped loudly, or fails where
 * SEAGLASS_TEST_REQUIRE=1.
 */
import { findProgram } from '../support/outside-program';
import { type GatewayProcess, startGatewayProcess } from '../support/gateway-process';
import { startWeed, type Weed } from '../support/weed';

const START_TIMEOUT_MS = 240_000;

export interface EngineUnderTest {
  readonly kind: 'embedded' | 'seaweedmq';
  /** Valid inside tests. */
  readonly bootstrap: string;
  readonly gateway: GatewayProcess;
  /** kill -9 of the gateway's process, and another with the same data on the same port; resolves when it serves. */
  killAndRestartGateway(): Promise<void>;
  /** The same with SIGTERM, once it has ended. */
  stopAndRestartGateway(): Promise<void>;
}

/** What a suite needs besides the gateway: how it is called and where it was looked for. */
export interface Need {
  readonly what: string;
  readonly found: boolean;
}

export function describeOnEngines(
  name: string,
  needs: readonly Need[],
  suite: (engine: EngineUnderTest) => void,
  /** Settings of the gateway that this suite needs. */
  flags: readonly string[] = [],
): void {
  const weedNeed: Need = {
    what: 'weed (SEAGLASS_TEST_WEED or PATH)',
    found: findProgram('weed', 'SEAGLASS_TEST_WEED') !== undefined,
  };
  const weedNeeds = [...needs, weedNeed];
  const weed = weedNeeds.every(({ found }) => found) ? startedBefore() : undefined;
  describeWith(`${name} on the embedded node`, needs, () => runSuite('embedded', suite, { flags }));
  describeWith(`${name} on a SeaweedFS cluster`, weedNeeds, () => runSuite('seaweedmq', suite, { flags, weed }));
}

/** A SeaweedFS takes seconds until it serves: it starts while the embedded node is met. */
function startedBefore(): () => Promise<Weed> {
  let starting: Promise<Weed> | undefined;
  const weed = (): Promise<Weed> => (starting ??= startWeed());
  // Whoever asks for it hears of a failure.
  beforeAll(() => void weed().catch(() => undefined));
  afterAll(async () => (await starting?.catch(() => undefined))?.stop(), START_TIMEOUT_MS);
  return weed;
}

export function describeWith(name: string, needs: readonly Need[], suite: () => void): void {
  const missing = needs.filter((need) => !need.found).map((need) => need.what);
  if (missing.length === 0) {
    describe(name, suite);
    return;
  }
  const text = `${name}: missing ${missing.join(', ')}`;
  if (process.env['SEAGLASS_TEST_REQUIRE'] === '1') throw new Error(text);
  process.stderr.write(`SKIPPED ${text}\n`);
  describe.skip(name, suite);
}

function runSuite(
  kind: EngineUnderTest['kind'],
  suite: (engine: EngineUnderTest) => void,
  {
    flags: more,
    weed: startedWeed,
  }: { readonly flags: readonly string[]; readonly weed?: (() => Promise<Weed>) | undefined },
): void {
  let gateway: GatewayProcess | undefined;
  let flags: readonly string[] = [];
  const running = (): GatewayProcess => {
    if (gateway === undefined) throw new Error('the gateway runs inside tests only');
    return gateway;
  };

  beforeAll(async () => {
    const weed = await startedWeed?.();
    // Groups of one member need not wait for others.
    const common = ['--groups-initial-rebalance-delay-ms', '0', ...more];
    flags =
      weed === undefined
        ? common
        : [
            ...common,
            '--engine',
            'seaweedmq',
            '--brokers',
            weed.broker.address,
            '--filer',
            weed.filer,
            '--masters',
            weed.master,
          ];
    gateway = await startGatewayProcess({ flags });
  }, START_TIMEOUT_MS);

  afterAll(async () => {
    const exitCode = await gateway?.stop();
    expect(exitCode ?? 0).toBe(0);
  }, START_TIMEOUT_MS);

  const restart = async (end: (running: GatewayProcess) => Promise<unknown>): Promise<void> => {
    const before = running();
    await end(before);
    const { bootstrap, dataDirectory } = before;
    gateway = await startGatewayProcess({ dataDirectory, flags: [...flags, '--listen', bootstrap] });
  };

  suite({
    kind,
    get bootstrap() {
      return running().bootstrap;
    },
    get gateway() {
      return running();
    },
    killAndRestartGateway: () => restart(({ child }) => child.kill()),
    stopAndRestartGateway: () => restart((before) => before.stop({ keepData: true })),
  });
}

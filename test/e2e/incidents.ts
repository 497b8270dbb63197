/** What a gateway tells of incidents: by /api/incidents, by the lines of its log, by its metrics. */
import type { IncidentKind } from '../../src/telemetry/incidents/incident-kinds';
import type { OtlpReceiver } from '../support/otlp-receiver';
import { awaitTopic, get, samples, startWholeGateway, type WholeGateway } from './support';

interface ToldIncident {
  readonly id: number;
  readonly kind: IncidentKind;
  readonly target: string;
  readonly evidence: string;
  readonly sentence: string;
  readonly failedRequests: number;
  readonly traceIds: readonly string[];
  readonly sinceMs: number;
  readonly endedMs?: number;
  readonly quietSinceMs?: number;
  readonly holdsUntilMs?: number;
}

interface Page {
  readonly current: readonly ToldIncident[];
  readonly ended: readonly ToldIncident[];
}

const WAIT_MS_MAX = 60_000;
const AGAIN_MS = 50;
/** What a busy machine is told for, whatever else is looked at: true, and nothing that was done to the gateway. */
const OF_MACHINES: ReadonlySet<IncidentKind> = new Set(['machine_starved', 'event_loop_late']);

/** What /api/incidents tells but for the machine. */
export async function incidentsOf(consoleUrl: string): Promise<Page> {
  const { current, ended } = JSON.parse((await get(`${consoleUrl}/api/incidents`)).text) as Page;
  const ofGateway = ({ kind }: ToldIncident): boolean => !OF_MACHINES.has(kind);
  return { current: current.filter(ofGateway), ended: ended.filter(ofGateway) };
}

interface ToldLine {
  readonly 'event.name': string;
  readonly message: string;
  readonly level: string;
  readonly [attribute: string]: unknown;
}

/** The lines that gateways of this process log from now on; they are kept from the terminal. */
class LogLines {
  readonly all: ToldLine[] = [];
  readonly #spy = jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    for (const line of String(text).split('\n')) if (line.startsWith('{')) this.all.push(JSON.parse(line) as ToldLine);
    return true;
  });

  close(): void {
    this.#spy.mockRestore();
  }
}

class Told {
  readonly #gateway: WholeGateway;
  readonly #log: LogLines;
  #page: Page = { current: [], ended: [] };

  constructor(gateway: WholeGateway, log: LogLines) {
    this.#gateway = gateway;
    this.#log = log;
  }

  async look(): Promise<Page> {
    this.#page = await incidentsOf(this.#gateway.console);
    return this.#page;
  }

  /** Once it is open, and its metric says so, and its line was written in the same words. */
  async opened(kind: IncidentKind, target?: string): Promise<ToldIncident> {
    const found = await this.#until(kind, () => this.#page.current.find((each) => isOf(each, kind, target)));
    const open = await this.metric('seaglass_incident_open');
    expect([...open.keys()]).toContainEqual(expect.stringContaining(`kind="${kind}",target="${found.target}"`));
    return found;
  }

  /** Once it is over, and told to be. */
  async ended(kind: IncidentKind, target?: string): Promise<ToldIncident> {
    const found = await this.#until(kind, () => this.#page.ended.find((each) => isOf(each, kind, target)));
    const lines = this.#log.all.map(({ message }) => message);
    expect(lines).toContain(found.sentence);
    return found;
  }

  /** Once it is open and its sentence is so: more may be known of it later than when it opened. */
  async saying(kind: IncidentKind, words: RegExp): Promise<ToldIncident> {
    return this.#until(kind, () => this.#page.current.find((each) => each.kind === kind && words.test(each.sentence)));
  }

  /** Of everything told at the last look, or of one kind. */
  sentences(kind?: IncidentKind): readonly string[] {
    return [...this.#page.current, ...this.#page.ended]
      .filter((each) => kind === undefined || each.kind === kind)
      .map((each) => each.sentence);
  }

  lines(event: string): readonly ToldLine[] {
    return this.#log.all.filter((line) => line['event.name'] === event);
  }

  async metric(name: string): Promise<ReadonlyMap<string, number>> {
    return samples((await get(`${this.#gateway.console}/metrics`)).text, name);
  }

  async #until(kind: IncidentKind, find: () => ToldIncident | undefined): Promise<ToldIncident> {
    const untilMs = performance.now() + WAIT_MS_MAX;
    for (;;) {
      await this.look();
      const found = find();
      if (found !== undefined) return found;
      if (performance.now() > untilMs) throw new Error(`no ${kind}: ${JSON.stringify(this.#page)}`);
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }
}

const isOf = (each: ToldIncident, kind: IncidentKind, target: string | undefined): boolean =>
  each.kind === kind && (target === undefined || each.target === target);

interface ToldOptions {
  /** Made and waited for; absent where the engine makes none. */
  readonly topic?: string;
  /** Takes what ends them. */
  readonly closing: (() => unknown)[];
  readonly receiver?: OtlpReceiver;
  readonly environment?: Readonly<Record<string, string>>;
}

/** A gateway with the topic, and what it tells. */
export async function startTold(
  flags: Readonly<Record<string, string>>,
  { topic, closing, receiver, environment = {} }: ToldOptions,
): Promise<{ readonly gateway: WholeGateway; readonly told: Told }> {
  const log = new LogLines();
  closing.push(() => log.close());
  const given = {
    flags: { ...flags, 'log.level': 'info' },
    environment,
    ...(receiver === undefined ? {} : { receiver }),
  };
  const gateway = await startWholeGateway(given);
  closing.push(() => gateway.close());
  if (topic !== undefined) await awaitTopic(await gateway.client('admin'), topic);
  return { gateway, told: new Told(gateway, log) };
}

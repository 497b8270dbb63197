/**
 * The servers of a SeaweedFS cluster as channels: brokers (named, or asked of the masters), masters, the filer. A call that any
 * broker can answer goes to the one that answered last, then to the others, each of which leaves time for those behind it; a
 * partition's calls go to its leader.
 */
import type { Clock } from '../../clock';
import type { Faults } from '../../drills/faults';
import { SeaweedService } from '../../rpc/master';
import type { Instruments } from '../../telemetry/metrics/instruments';
import type { CallContext } from '../../telemetry/trace/operation';
import { EngineChannel } from '../channel/channel';
import type { EngineTargets } from '../channel/engine-targets';
import type { TargetRole } from '../channel/target-role';
import type { RpcMethod } from '../channel/channel';
import { EngineError, isUnreachable } from '../../engine-error';
import { withDeadline } from '../../waiting/deadline';
import type { EngineSettings } from '../settings';
import type { PeerIdentity } from '../../tls/peer-identity';
import { FilerHttp } from './filer-http';
import { parseServerAddress } from './addresses';
import { sharpen } from './engine-codes';
import type { ClusterSecurity } from './security/cluster-security';
import { PublishConnections } from '../../grpc/publish-connections';

export interface ClusterOptions {
  /** host:port of brokers' gRPC. */
  readonly brokers: readonly string[];
  /** Asked for brokers where none is named, or none of the named answers: host:port or host:port.grpcport. */
  readonly masters: readonly string[];
  /** host:port or host:port.grpcport. */
  readonly filer: string;
  readonly settings: EngineSettings;
  readonly clock: Clock;
  readonly instruments: Instruments;
  /** Where the health of its servers is kept; nobody watches it where absent. */
  readonly targets?: EngineTargets;
  /** What the cluster asks of its clients; everything is plain where absent. */
  readonly security?: ClusterSecurity | undefined;
  /** Of drills. */
  readonly faults?: Faults | undefined;
}

/** Go's servers refuse peers that ping more often than every five minutes on a connection without calls. */
const KEEPALIVE_MS = 60_000;
/**
 * SeaweedFS 4.48's filer dies where the connection of an entry that it is about to overwrite ends. One that was stopped or swaps for a while is to
 * find it as it was: calls have deadlines of their own, and after two of them the next ones go by another connection.
 */
const FILER_PING_ANSWER_MS_MAX = 600_000;
const BROKERS_MAX = 100;

export class MqCluster {
  readonly filerHttp: FilerHttp;
  readonly publishing: PublishConnections;
  readonly #options: ClusterOptions;
  readonly #channels = new Map<string, EngineChannel>();
  readonly #tls: () => PeerIdentity | undefined;
  readonly #filer: string;
  readonly #masters: readonly string[];
  #brokers: readonly string[];

  constructor(options: ClusterOptions) {
    const filer = parseServerAddress(options.filer);
    this.#options = options;
    this.filerHttp = new FilerHttp(filer.http, options.security);
    this.#tls = () => options.security?.grpc;
    this.publishing = new PublishConnections({ ...options, tls: this.#tls, keepaliveMs: KEEPALIVE_MS });
    this.#filer = filer.grpc;
    this.#masters = options.masters.map((master) => parseServerAddress(master).grpc);
    this.#brokers = [...options.brokers];
    if (options.brokers.length === 0 && options.masters.length === 0) {
      throw new EngineError('invalid_config', 'expected the address of a broker or of a master, got neither');
    }
  }

  filer(): EngineChannel {
    return this.channel(this.#filer);
  }

  channel(address: string): EngineChannel {
    let channel = this.#channels.get(address);
    if (channel === undefined) {
      const { settings, clock, instruments, targets, faults } = this.#options;
      const target = targets === undefined ? undefined : { role: this.#roleOf(address), targets };
      channel = new EngineChannel({
        ...{ address, settings, clock, instruments, target, faults },
        ...{ tls: this.#tls, keepaliveMs: KEEPALIVE_MS },
        pingAnswerMsMax: address === this.#filer ? FILER_PING_ANSWER_MS_MAX : undefined,
      });
      this.#channels.set(address, channel);
    }
    return channel;
  }

  #roleOf(address: string): TargetRole {
    if (this.#brokers.includes(address)) return 'broker';
    if (address === this.#filer) return 'filer';
    return this.#masters.includes(address) ? 'master' : 'broker';
  }

  /** A call to one server, with the broker's words turned into codes. */
  async call<Request, Response>(
    address: string,
    method: RpcMethod<Request, Response>,
    request: Request,
    context: CallContext,
  ): Promise<Response> {
    try {
      return await this.channel(address).unary(method, request, context);
    } catch (error) {
      throw sharpen(error);
    }
  }

  /**
   * A call that any broker can answer. Each is asked at most once; what one of them says of the request itself ends it. One that is
   * not `repeatable` waits for its broker to the end: a silent one may be carrying it out.
   */
  async anyBroker<Request, Response>(
    method: RpcMethod<Request, Response>,
    request: Request,
    context: CallContext,
    { repeatable = true } = {},
  ): Promise<Response> {
    const timeLeft = this.#stopwatch();
    const asked = new Set<string>();
    let failure: EngineError | undefined;
    for (;;) {
      const address = await this.#nextBroker(asked, context);
      if (address === undefined) throw failure ?? new EngineError('unavailable', 'no broker of the cluster is known');
      asked.add(address);
      const others = this.#brokers.some((other) => !asked.has(other));
      const deadlineMs = repeatable && others ? timeLeft() / 2 : timeLeft();
      try {
        const response = await this.#callWithin(deadlineMs, address, method, request, context);
        this.#prefer(address);
        return response;
      } catch (error) {
        if (!isUnreachable(error)) throw error;
        this.#avoid(address);
        const isOver = context.signal.aborted || timeLeft() === 0;
        if (isOver || (!repeatable && error.code === 'timeout')) throw error;
        failure = error;
      }
    }
  }

  brokers(): readonly string[] {
    return this.#brokers;
  }

  channelStates(): ReadonlyMap<string, string> {
    return new Map([...this.#channels].map(([address, channel]) => [address, channel.state()]));
  }

  close(): void {
    this.#options.security?.close();
    this.publishing.close();
    for (const channel of this.#channels.values()) channel.close();
  }

  async #nextBroker(asked: ReadonlySet<string>, context: CallContext): Promise<string | undefined> {
    const known = this.#brokers.find((address) => !asked.has(address));
    if (known !== undefined || this.#masters.length === 0) return known;
    await this.#discover(context);
    return this.#brokers.find((address) => !asked.has(address));
  }

  /** The masters know the brokers that live now. */
  async #discover(context: CallContext): Promise<void> {
    const timeLeft = this.#stopwatch();
    let failure: EngineError | undefined;
    for (const master of this.#masters) {
      const deadlineMs = master === this.#masters.at(-1) ? timeLeft() : timeLeft() / 2;
      try {
        const request = { clientType: 'broker', filerGroup: '', limit: BROKERS_MAX };
        const method = SeaweedService.listClusterNodes;
        const { clusterNodes } = await this.#callWithin(deadlineMs, master, method, request, context);
        const found = clusterNodes.map((node) => node.address);
        this.#brokers = [...new Set([...this.#brokers, ...found])];
        if (found.length > 0) return;
      } catch (error) {
        if (!isUnreachable(error) || context.signal.aborted) throw error;
        failure = error;
      }
    }
    if (this.#brokers.length === 0 && failure !== undefined) throw failure;
  }

  /** Makes a call as `call` does, with connecting included in its deadline. */
  #callWithin<Request, Response>(
    deadlineMs: number,
    address: string,
    method: RpcMethod<Request, Response>,
    request: Request,
    context: CallContext,
  ): Promise<Response> {
    const limits = { clock: this.#options.clock, deadlineMs: Math.ceil(deadlineMs), what: `asking ${address}` };
    return withDeadline(limits, context.signal, (signal) =>
      this.call(address, method, request, { ...context, signal }),
    );
  }

  /** The rest of a call's deadline. */
  #stopwatch(): () => number {
    const { clock, settings } = this.#options;
    const endMs = clock.monotonicMs() + settings.callDeadlineMs;
    return () => Math.max(0, endMs - clock.monotonicMs());
  }

  #prefer(address: string): void {
    if (this.#brokers[0] === address) return;
    this.#brokers = [address, ...this.#brokers.filter((other) => other !== address)];
  }

  /** Asked last from now on. */
  #avoid(address: string): void {
    this.#brokers = [...this.#brokers.filter((other) => other !== address), address];
  }
}

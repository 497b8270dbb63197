/**
 * One fetch under way: read what is there, and while it is not enough and not late, wait for an append past what was read and read
 * that partition again. Ends within the client's wait and a little, whatever the engine does.
 */
import type { IsolationLevel } from '../../engine/engine';
import { ErrorCode } from '../../protocol/error-code';
import type { FetchRequest } from '../../protocol/generated/fetch';
import type { RequestContext } from '../api/define-api';
import { giveUpAfter, type GiveUp } from '../../waiting/give-up';
import { isolationOf } from '../isolation';
import { describeTopics } from '../request-topics';
import { accessOf } from '../security/access';
import type { Services } from '../services';
import { fetchBytesMax } from './fetch-quota';
import type { FetchTarget } from './fetch-target';
import { newSlot, planSlots, type Slot } from './plan';
import { REFUSED_WAIT_MS_MAX } from './told-refusals';
import { topicsToRead } from './topics-to-read';
import { closePoll, fillSlots, isBehind, lookAt, readSlots, refreshRange } from './read';
import { canGain, endOf, waitForMore } from './wait';

/** A client's wait; longer ones end here, and a timer cannot count further than 2^31 ms. */
const WAIT_MS_MAX = 1_000_000_000;
/** After the client's wait: what the engine has not answered by then becomes an error. */
const GRACE_MS = 1_500;
/** How long partitions that have records wait for others whose engine is slow, where the client's own wait is shorter. */
const PATIENCE_MS = 1_000;
/** The least time to hear about partitions that the answer has no room for. */
const LOOK_MS = 250;
/** What a fetch may take beyond its wait before it counts as overdue. */
const BUDGET_SLACK_MS = 200;

export class FetchRun {
  slots: readonly Slot[] = [];
  readonly #services: Services;
  readonly #context: RequestContext;
  readonly #request: FetchRequest;
  readonly #isolation: IsolationLevel;
  readonly #waitMs: number;
  /** What the answer may hold. */
  readonly #bytesMax: number;
  #held = 0;
  #granted = 0;

  constructor(request: FetchRequest, context: RequestContext, services: Services) {
    this.#request = request;
    this.#context = context;
    this.#services = services;
    this.#isolation = isolationOf(request.isolationLevel);
    this.#waitMs = Math.min(Math.max(0, request.maxWaitMs), WAIT_MS_MAX);
    this.#bytesMax = Math.min(request.maxBytes, services.settings.fetchBytesMax, fetchBytesMax(context, services));
    context.operation.setBudget(this.#waitMs + BUDGET_SLACK_MS);
    context.afterResponse((written) => {
      this.#hold(0);
      // What was not written may be on its way out still.
      if (written) for (const { result } of this.slots) result?.release?.();
    });
  }

  /** Resolves when every slot has its answer. */
  async run(targets: readonly FetchTarget[]): Promise<void> {
    const services = this.#services;
    const context = this.#context;
    const waitMs = this.#waitMs;
    const giveUp = giveUpAfter(waitMs + GRACE_MS - this.#elapsedMs(), context.signal, services.clock);
    try {
      const inner = { operation: context.operation, signal: giveUp.signal };
      const reading = { isolation: this.#isolation, allows: topicsToRead(this.#request, accessOf(context, services)) };
      const planned = await Promise.race([planSlots(targets, reading, services, inner), giveUp.reached]);
      // Without a plan the engine did not name the topics in time.
      this.slots = planned ?? targets.map((target) => newSlot({ ...UNPLANNED, target, isolation: this.#isolation }));
      describeTopics(context.operation, topicsOf(this.slots));
      await this.#read(this.slots, giveUp);
      const dataAtOnce = this.#held > 0;
      await this.#poll(giveUp);
      await this.#readAgain(giveUp);
      this.#recordOverrun(dataAtOnce);
    } finally {
      for (const slot of this.slots) slot.answered = true;
      if (this.slots.some((slot) => slot.reading)) giveUp.abandon();
      else giveUp.end();
    }
    for (const slot of this.slots) {
      refreshRange(slot);
      const isSilent = slot.range === undefined || isLeftUnread(slot);
      if (isSilent && slot.errorCode === ErrorCode.NONE) slot.errorCode = ErrorCode.NOT_LEADER_OR_FOLLOWER;
    }
    services.toldRefusals.answered(context.session, this.slots);
  }

  async #poll(giveUp: GiveUp): Promise<void> {
    const { slots } = this;
    const services = this.#services;
    const context = this.#context;
    const { stopping } = context;
    const inner = { operation: context.operation, signal: giveUp.signal };
    for (;;) {
      const isRefused = slots.some((slot) => this.#isRefusedAgain(slot));
      const waitMs = (isRefused ? Math.min(this.#waitMs, REFUSED_WAIT_MS_MAX) : this.#waitMs) - this.#elapsedMs();
      if (waitMs <= 0 || this.#isEnough() || giveUp.signal.aborted || stopping.aborted) return;
      const candidates = slots.filter(canGain);
      if (candidates.length === 0 && !isRefused) return;
      for (const slot of slots) closePoll(slot);
      const woken = await waitForMore(candidates, { clock: services.clock, waitMs, stopping }, inner);
      if (woken.length === 0) return;
      const ends = woken.map(endOf);
      await this.#read(woken, giveUp);
      woken.forEach((slot, index) => {
        if (endOf(slot) === ends[index]) slot.idleWakes++;
      });
    }
  }

  /** Kafka reads when it answers: what was read before a wait, and may have left the log since, is not delivered. */
  async #readAgain(giveUp: GiveUp): Promise<void> {
    const past = this.slots.filter(
      ({ partition, result, fits }) => fits && result !== undefined && partition?.isCurrent(result) === false,
    );
    if (past.length === 0) return;
    for (const slot of past) {
      closePoll(slot);
      slot.result = undefined;
      slot.range = undefined;
    }
    await this.#read(past, giveUp);
  }

  #isEnough(): boolean {
    const filled = this.slots.reduce((bytes, { unusedBytes }) => bytes + unusedBytes, this.#held);
    if (this.slots.length === 0 || (filled > 0 && filled >= this.#granted)) return true;
    if (filled >= Math.min(this.#request.minBytes, this.#bytesMax)) return true;
    return this.slots.some((slot) => slot.errorCode !== ErrorCode.NONE && !this.#isRefusedAgain(slot));
  }

  #isRefusedAgain(slot: Slot): boolean {
    return this.#services.toldRefusals.isAgain(this.#context.session, slot);
  }

  async #read(slots: readonly Slot[], giveUp: GiveUp): Promise<void> {
    const services = this.#services;
    this.#hold(0);
    this.#granted = services.responseBudget.take(Math.max(1, this.#bytesMax));
    this.#held = this.#granted;
    const bytesKept = bytesOf(this.slots.filter((slot) => !slots.includes(slot)));
    const inner = { operation: this.#context.operation, signal: giveUp.signal };
    const reading = readSlots(slots, { bytesMax: this.#granted, bytesKept }, inner);
    await Promise.race([reading, giveUp.reached, this.#patience(reading, 0)]);
    await this.#fill(giveUp);
    this.#hold(bytesOf(this.slots));
    const unheard = this.slots.filter(isUnheard);
    if (unheard.length === 0) return;
    const looking = Promise.all(unheard.map((slot) => lookAt(slot, inner)));
    await Promise.race([looking, giveUp.reached, this.#patience(looking, LOOK_MS)]);
  }

  async #fill(giveUp: GiveUp): Promise<void> {
    const bytesKept = bytesOf(this.slots);
    if (bytesKept >= this.#granted || !this.slots.some(isBehind)) return;
    const inner = { operation: this.#context.operation, signal: giveUp.signal };
    const filling = fillSlots(this.slots, { bytesMax: this.#granted, bytesKept }, inner);
    await Promise.race([filling, giveUp.reached, this.#patience(filling, 0)]);
  }

  /** Resolves once the client has waited long enough while some partitions have records; one slow partition must not hold them up. */
  async #patience(work: Promise<unknown>, leastMs: number): Promise<void> {
    if (this.slots.length > 1 || bytesOf(this.slots) > 0) {
      const leftMs = Math.max(this.#waitMs, PATIENCE_MS) - this.#elapsedMs();
      const late = giveUpAfter(Math.max(leastMs, leftMs), this.#context.signal, this.#services.clock);
      await Promise.race([work, late.reached]);
      late.end();
      if (bytesOf(this.slots) > 0) return;
    }
    await work;
  }

  #hold(bytes: number): void {
    this.#services.responseBudget.adjust(this.#held, bytes);
    this.#held = bytes;
  }

  #elapsedMs(): number {
    return this.#services.clock.monotonicMs() - this.#context.arrivedMs;
  }

  /** With records there at arrival every wait is one too many. */
  #recordOverrun(dataAtOnce: boolean): void {
    const overrunMs = Math.max(0, this.#elapsedMs() - (dataAtOnce ? 0 : this.#waitMs));
    this.#context.operation.set('seaglass.data_available', dataAtOnce);
    const labels = { data_available: dataAtOnce ? 'true' : 'false' };
    const { instruments } = this.#services.telemetry;
    instruments.record('seaglass_fetch_wait_overrun_seconds', labels, overrunMs / 1_000, this.#context.operation);
  }
}

function* topicsOf(slots: readonly Slot[]): Iterable<string> {
  for (const { topic, target } of slots) yield topic?.name ?? target.topic;
}

const UNPLANNED = { topic: undefined, errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER } as const;

/** Neither read nor refused, nor about to be. */
const isUnheard = ({ partition, errorCode, range, reading }: Slot): boolean =>
  partition !== undefined && errorCode === ErrorCode.NONE && range === undefined && !reading;

/** That nothing was there before says nothing of what it woke for, and was not read in time. */
const isLeftUnread = ({ reading, result }: Slot): boolean => reading && result?.bytes === 0;

function bytesOf(slots: readonly Slot[]): number {
  let bytes = 0;
  for (const slot of slots) if (slot.fits) bytes += slot.result?.bytes ?? 0;
  return bytes;
}

/**
 * Server-sent events: one look a second, made once and sent to all viewers, and none while nobody looks. Viewers are few, and one that
 * does not read is dropped, so that a page left open costs the gateway next to nothing. What opens or closes an incident, begins or ends
 * a drill, is sent at once.
 */
import type { ServerResponse } from 'node:http';
import type { Clock, Timer } from '../clock';
import type { Drills } from '../drills/drills';
import type { Incidents } from '../telemetry/incidents/incidents';
import type { LiveView } from './api/live';
import { COMMON_HEADERS } from './http-page';

export interface LiveEventsOptions {
  readonly clock: Clock;
  readonly view: Pick<LiveView, 'look'>;
  readonly incidents: Incidents;
  readonly drills?: Pick<Drills, 'watch'> | undefined;
  readonly viewersMax?: number;
}

const PERIOD_MS = 1_000;
/** Looks follow one another no sooner, however many incidents open. */
const GAP_MS_MIN = 200;
const VIEWERS_MAX = 16;
/** What a viewer has not taken when the next look comes; past it, it is dropped. */
const UNREAD_BYTES_MAX = 1024 * 1024;

export class LiveEvents {
  readonly #options: LiveEventsOptions;
  /** Each with whether it may still look. */
  readonly #viewers = new Map<ServerResponse, () => boolean>();
  readonly #unwatch: readonly ((() => void) | undefined)[];
  #timer: Timer | undefined;
  #soon: Timer | undefined;
  #sentMs = -Infinity;
  #dropped = 0;

  constructor(options: LiveEventsOptions) {
    this.#options = options;
    this.#unwatch = [
      options.incidents.watch((_incident, change) => {
        if (change !== 'updated') this.#sendSoon();
      }),
      options.drills?.watch(() => this.#sendSoon()),
    ];
  }

  get viewers(): number {
    return this.#viewers.size;
  }

  /** Viewers that did not read. */
  get dropped(): number {
    return this.#dropped;
  }

  /**
   * False where there are too many already. The response's head is written; it is ended with the viewer, and once `mayLook`, asked before
   * each look, says no.
   */
  add(response: ServerResponse, mayLook: () => boolean): boolean {
    const { clock, view, viewersMax = VIEWERS_MAX } = this.#options;
    if (this.#viewers.size >= viewersMax) return false;
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      ...COMMON_HEADERS,
    });
    this.#viewers.set(response, mayLook);
    response.on('close', () => this.#remove(response));
    response.write(eventOf(JSON.stringify(view.look())));
    this.#timer ??= clock.every(PERIOD_MS, () => this.#send());
    return true;
  }

  close(): void {
    for (const unwatch of this.#unwatch) unwatch?.();
    for (const viewer of [...this.#viewers.keys()]) this.#drop(viewer);
  }

  #sendSoon(): void {
    if (this.#viewers.size === 0) return;
    const { clock } = this.#options;
    const waitMs = Math.max(0, GAP_MS_MIN - (clock.monotonicMs() - this.#sentMs));
    this.#soon ??= clock.after(waitMs, () => this.#send());
  }

  #send(): void {
    this.#soon?.cancel();
    this.#soon = undefined;
    this.#sentMs = this.#options.clock.monotonicMs();
    const event = eventOf(JSON.stringify(this.#options.view.look()));
    for (const [viewer, mayLook] of [...this.#viewers]) {
      if (!mayLook()) this.#drop(viewer);
      else if (viewer.writableLength <= UNREAD_BYTES_MAX) viewer.write(event);
      else {
        this.#dropped++;
        this.#drop(viewer);
      }
    }
  }

  #drop(viewer: ServerResponse): void {
    this.#remove(viewer);
    viewer.destroy();
  }

  #remove(viewer: ServerResponse): void {
    this.#viewers.delete(viewer);
    if (this.#viewers.size > 0) return;
    this.#timer?.cancel();
    this.#soon?.cancel();
    this.#timer = undefined;
    this.#soon = undefined;
  }
}

const eventOf = (json: string): string => `event: live\ndata: ${json}\n\n`;

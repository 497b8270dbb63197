/** How the clock of the engine stands to the gateway's: times of records, retention and traces are told by both. */

export interface EngineClock {
  /** The server that told it. */
  readonly server: string;
  /** How far it is before the gateway's; negative where it is behind. */
  readonly aheadMs: number;
  /** By so much it may be more or less. */
  readonly uncertainMs: number;
}

/** Both times of the gateway's clock, around the question. */
export interface Asked {
  readonly askedMs: number;
  readonly answeredMs: number;
}

/** `told`: the engine's clock stood at or behind `fromMs`, and before `toMs`, at some time between question and answer. */
export function engineClock(
  server: string,
  told: { readonly fromMs: number; readonly toMs: number },
  { askedMs, answeredMs }: Asked,
): EngineClock {
  return {
    server,
    aheadMs: Math.round((told.fromMs + told.toMs) / 2 - (askedMs + answeredMs) / 2),
    uncertainMs: Math.ceil((told.toMs - told.fromMs + answeredMs - askedMs) / 2),
  };
}

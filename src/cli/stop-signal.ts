/** SIGTERM and SIGINT: the first asks for a graceful stop, a second one of either ends the process at once. */
const EXIT_INTERRUPTED = 130;

export interface StopSignal {
  /** Resolves with the first signal's name. */
  readonly received: Promise<NodeJS.Signals>;
  /** Gives the signals back to the system's defaults. */
  dispose(): void;
}

export function listenForStop(): StopSignal {
  let resolve: (signal: NodeJS.Signals) => void;
  const received = new Promise<NodeJS.Signals>((resolver) => {
    resolve = resolver;
  });
  let asked = false;
  const onSignal = (signal: NodeJS.Signals): void => {
    if (asked) process.exit(EXIT_INTERRUPTED);
    asked = true;
    resolve(signal);
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  return {
    received,
    dispose: () => {
      process.off('SIGTERM', onSignal);
      process.off('SIGINT', onSignal);
    },
  };
}

/** The gRPC channel that a phase waits on, for stalls and /debug/inflight: it tells an engine that is silent from one out of reach. */
import type { Dialect } from '../dialect';

/** Of the channel to `address`; of all channels, each state once, where it is not known yet which one is asked. */
export function channelState(dialect: Pick<Dialect, 'channelStates'>, address: string | undefined): string | undefined {
  const states = dialect.channelStates();
  const own = address === undefined ? undefined : states.get(address);
  return own ?? (states.size === 0 ? undefined : [...new Set(states.values())].sort().join(','));
}

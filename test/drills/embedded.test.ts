/**
 * Goal: on the embedded node each drill is seen where somebody on call looks, nothing else pages, what it caused is over behind it, and what it came to
 * is a metric. Method: `rounds.ts`; a node for each gateway.
 */
import { CALM, testDrills } from './rounds';

testDrills('embedded', [
  [['hang-recv'], ['lookup-hang'], ['disk-full']],
  [['init-delay', { delayMs: 35_000 }], ['filer-hang'], ['stale-session'], ['null-answer'], ['zero-end']],
  [['slow-publish-ack', { delayMs: 4_000 }], ['withhold-newest', { forMs: 60_000 }], ['engine-down']],
  CALM,
  [['drop-value'], ['truncate-value'], ['flip-bit'], ['mid-batch-empty'], ['lazy-client']],
]);

/** What samples of the gateway's metrics come to. */
import type { Sample } from './gateway-client';

/** By how much a counter, or the count of a histogram, grew. */
export function grown(
  name: string,
  labels: Readonly<Record<string, string>>,
  before: readonly Sample[],
  now: readonly Sample[],
): number {
  const [then, since] = [sum(name, labels, before), sum(name, labels, now)];
  // A gateway that was restarted counts from 0.
  return since >= then ? since - then : since;
}

export function sum(name: string, labels: Readonly<Record<string, string>>, samples: readonly Sample[]): number {
  return samples
    .filter(
      (each) =>
        (each.name === name || each.name === `${name}_count`) &&
        Object.entries(labels).every(([key, value]) => each.labels[key] === value),
    )
    .reduce((total, { value }) => total + value, 0);
}

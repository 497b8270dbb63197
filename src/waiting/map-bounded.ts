/** Many pieces of work of which only some are under way at a time. */

/**
 * Works on all items with at most `inFlightMax` under way, results in the order of the items. After the first failure nothing new is
 * begun, what is under way is waited for, and the failure is thrown.
 */
export async function mapBounded<T, R>(
  items: readonly T[],
  inFlightMax: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  let next = 0;
  let failure: { readonly error: unknown } | undefined;
  const worker = async (): Promise<void> => {
    while (next < items.length && failure === undefined) {
      const index = next++;
      try {
        results[index] = await work(items[index] as T);
      } catch (error) {
        failure ??= { error };
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(inFlightMax, items.length) }, worker));
  if (failure !== undefined) throw failure.error;
  return results;
}

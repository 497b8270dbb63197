/** `15 minutes`; `7 s` of less than two minutes. */
export function inWords(ms: number): string {
  return ms < 120_000 ? `${String(Math.floor(ms / 1_000))} s` : `${String(Math.floor(ms / 60_000))} minutes`;
}

/** What is fuzzed: mangled bytes go in, and it says what is wrong with how they were taken. */
export interface FuzzTarget {
  readonly name: string;
  readonly corpus: readonly Uint8Array[];
  /** Of so many inputs, its share. */
  readonly weight: number;
  /** Throws Error where the bytes were not taken as they must be. */
  take(bytes: Uint8Array): void | Promise<void>;
}

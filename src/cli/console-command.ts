/** The contract of commands that look at a running gateway: what each declares and what it is given. */
import type { ConsoleClient } from './console-client';

/** What a command is given. */
export interface CommandCall {
  readonly client: ConsoleClient;
  readonly parameters: readonly string[];
  /** By the flag without its dashes; `true` of a flag that takes no value. */
  readonly options: Readonly<Record<string, string | true | undefined>>;
  /** Prints to standard output. */
  readonly print: (text: string) => void;
}

export interface ConsoleCommand {
  readonly name: string;
  /** As commander writes them: `<topic> [partition]`. */
  readonly parameters?: string;
  readonly summary: string;
  /** As commander writes them, without those that all have: `--since <time>`. */
  readonly options: readonly { readonly flags: string; readonly meaning: string }[];
  /** Shown below the help. */
  readonly examples: readonly string[];
  /** Resolves with the exit code. Throws UsageError where what was given is wrong. */
  run(call: CommandCall): Promise<number>;
}

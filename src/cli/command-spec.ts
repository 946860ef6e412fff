/** The shape of a command: what it takes, as data, and where its code is. Knows no parser and no command. */
import type { Io } from './io.ts';

export interface ArgumentSpec {
  /** As shown in the help: `file`, `step`. */
  readonly name: string;
  readonly description: string;
  readonly required?: true;
  readonly variadic?: true;
  /** What completion offers for it. */
  readonly complete?: CompletionKind;
}
export type CompletionKind = 'workflow' | 'run' | 'step' | 'code' | 'session' | 'memory';

/** `switch`: present or not. `text`: one value. `list`: repeatable. `count`: an integer from `min` to `max`. */
export interface FlagSpec {
  /** Long name without dashes. */
  readonly name: string;
  readonly short?: string;
  readonly kind: 'switch' | 'text' | 'list' | 'count';
  /** The placeholder of its value. */
  readonly value?: string;
  readonly description: string;
  readonly choices?: readonly string[];
  readonly min?: number;
  readonly max?: number;
  readonly complete?: CompletionKind;
}

export interface CommandSpec {
  /** One to three words: `run`, `runs show`, `claude sessions list`. */
  readonly name: string;
  readonly summary: string;
  readonly details?: string;
  readonly arguments: readonly ArgumentSpec[];
  readonly flags: readonly FlagSpec[];
  readonly examples?: readonly string[];
  /** The module of the command, loaded only when it is called. */
  load(): Promise<CommandModule>;
}
export interface CommandModule {
  /** Gives the exit code. Never throws for what a user did. */
  perform(call: Call): Promise<number>;
}

/** One call of a command: what was given, checked against its spec. */
export interface Call {
  readonly io: Io;
  /** Positional arguments in order; those of a variadic one are at its place and after it. */
  readonly args: readonly string[];
  readonly flags: Flags;
  /** Colours on stderr; and on stdout. */
  readonly color: boolean;
  readonly outColor: boolean;
  /** NDJSON on stdout is wanted. */
  readonly json: boolean;
  /** The folder that the command works in: `--cwd`, or the working folder. Absolute. */
  readonly cwd: string;
}

/** The options that were given. Asking for one as a kind that its spec is not is a bug. */
export interface Flags {
  on(name: string): boolean;
  text(name: string): string | undefined;
  list(name: string): readonly string[];
  count(name: string): number | undefined;
}

/** The request of the step type `run`: what an ActionNode with `action: 'run'` evaluates to. One shape for compiler, fingerprint and performer. */
import type { SecretText } from '../expr/ast.ts';

export interface ScriptRequest {
  readonly shell: 'bash' | 'sh' | 'pwsh' | 'cmd' | 'python' | 'node';
  /** The lowered program: no value is part of it. */
  readonly script: string;
  /** Variables that the lowered program reads (`GIGA_V0` …). */
  readonly values: Readonly<Record<string, string | SecretText>>;
  /** Those of them that must be an integer, since the shell evaluates their text. */
  readonly integers: readonly string[];
  /** The script evaluates text somewhere: values that look evaluable are refused before it starts. */
  readonly guard: null | 'subscript' | 'expansion';
  /** Nothing in the script hinders a shell that is shared with other steps, one after the other. */
  readonly worker?: true;
}
export interface ArgvRequest {
  readonly argv: readonly (string | SecretText)[];
}
export type RunRequest = (ScriptRequest | ArgvRequest) & {
  /** Relative to the workspace root, or absolute; '' is the root. */
  readonly cwd: string;
  readonly stdin?: string | SecretText;
  /** Exit codes that are answers; default [0]. */
  readonly successCodes?: readonly number[];
  /** Bytes of stdout and of stderr kept as outputs; default 1 MiB. */
  readonly maxOutput?: number;
};

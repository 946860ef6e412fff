/** What the engine must do once the event that asks for it is written: start a piece of work, or stop one. Answered by exactly one `*.ended`. */
import type { Capture, SecretText } from '../expr/ast.ts';
import type { Json, JsonObject } from '../json.ts';
import type { ArtifactRequest } from '../plan/artifacts.ts';
import type { CacheAsked } from './cache-print.ts';
import type { ClaimKind, OnceDone, Path, WaitPurpose } from './event.ts';

export interface AttemptWork {
  readonly kind: 'attempt';
  readonly node: Path;
  readonly op: number;
  readonly attempt: number;
  /** Name of the step type. */
  readonly action: string;
  /** The evaluated request; secrets stand in it as SecretText. */
  readonly request: Json;
  /** Declared environment, every layer merged, evaluated. */
  readonly env: Readonly<Record<string, string | SecretText>>;
  /** Secrets given as variables of their own name. */
  readonly secrets: readonly string[];
  readonly clearEnv: boolean;
  /** Files to keep with the run once it has succeeded. */
  readonly artifacts?: ArtifactRequest;
  readonly timeoutMs?: number;
  /** What is left of the time of all attempts. */
  readonly totalTimeoutMs?: number;
  /** How long it may be silent. */
  readonly idleTimeoutMs?: number;
  readonly graceMs: number;
  /** `$GIGA_STEP_KEY`: run/path/generation. */
  readonly stepKey: string;
  /** What earlier attempts noted, in order, since the step began; `{ kind: 'attempt-ended', outcome }` after those of each that was not cut off. */
  readonly news?: readonly JsonObject[];
  /** It must not happen twice, or only once for a key: nothing of it begins before all that led to it is on disk. */
  readonly guarded?: true;
}
export interface CaptureWork {
  readonly kind: 'capture';
  readonly node: Path;
  readonly op: number;
  readonly captures: readonly Capture[];
}
export interface TimerWork {
  readonly kind: 'timer';
  readonly node: Path;
  readonly op: number;
  /** By the wall clock, ms since 1970: it survives a crash and a suspended machine. */
  readonly dueAt: number;
}

/** Watches for what a step waits for. Verdicts and events that are sent come by themselves, as commands. */
export interface WaitWork {
  readonly kind: 'wait';
  readonly node: Path;
  readonly op: number;
  readonly purpose: WaitPurpose;
  readonly data: JsonObject;
  /** When it began, ms since 1970. */
  readonly since: number;
}

/** One probe of what a step waits for: done like an attempt, and holds if it succeeds. It takes no place among the running steps. */
export interface CheckWork extends Omit<AttemptWork, 'kind'> {
  readonly kind: 'check';
  /** Beside the attempts of a step: whether its effect has happened. */
  readonly about?: 'verify';
}

/** One look at what a step ensures. */
export interface EnsureWork extends Pick<AttemptWork, 'node' | 'op' | 'env' | 'stepKey'> {
  readonly kind: 'ensure';
  readonly asked: readonly Ensured[];
}
/** Evaluated. Globs are relative to the root; `before` is what a capture gave before the step began. */
export type Ensured =
  | { readonly kind: 'exists'; readonly globs: readonly string[] }
  | { readonly kind: 'files-changed'; readonly globs: readonly string[]; readonly before: Json }
  | { readonly kind: 'commit'; readonly before: Json }
  | (Pick<AttemptWork, 'request' | 'secrets' | 'clearEnv' | 'graceMs'> & {
      readonly kind: 'probe';
      readonly action: string;
      readonly source: string;
    });

export interface ClaimWork {
  readonly kind: 'claim';
  readonly node: Path;
  readonly op: number;
  readonly of: ClaimKind;
  readonly name: string;
  readonly onConflict: 'queue' | 'cancel-running' | 'fail';
}

/** Looks for the result of a step among those of other runs, or keeps it for them. */
export interface CacheWork {
  readonly kind: 'cache';
  readonly node: Path;
  readonly op: number;
  readonly ask: 'restore' | 'save';
  /** It is done again, whatever there is: only what it is kept under is found out. */
  readonly anew: boolean;
  /** The workflow's. */
  readonly file: string;
  readonly cache: CacheAsked;
  /** The work that is saved, or was done. */
  readonly attempt: AttemptWork;
  /** Of `save`: what it is kept under, and what was done. */
  readonly key?: string;
  readonly result?: { readonly outputs: JsonObject; readonly endedAt: number; readonly durationMs: number };
}

export type Work = AttemptWork | CaptureWork | TimerWork | WaitWork | CheckWork | EnsureWork | ClaimWork | CacheWork;

export type Effect =
  | { readonly type: 'start'; readonly work: Work }
  /** Of a claim: it is given up, whether it is held or waits; `done` is the success of what is done once. `released`: a service has done what it was there for. */
  | {
      readonly type: 'stop';
      readonly op: number;
      readonly node: Path;
      readonly because?: 'released';
      readonly done?: OnceDone;
    };

/** The seams between the parts: who needs something from the machine takes one of these, and `app/wire` hands it over. */
import type { Diagnostic, Result } from './diagnostic/diagnostic.ts';
import type { Json, JsonObject } from './json.ts';
import type { Artifact } from './plan/artifacts.ts';
import type { AttemptWork, CacheWork, CaptureWork, ClaimWork } from './run/effect.ts';
import type { AttemptEnded, CacheEnded, CaptureEnded, ClaimEnded, OnceDone, Recorded, RunEvent } from './run/event.ts';

/** Time. `wallMs` may jump; `monotonicMs` never falls. */
export interface Clock {
  wallMs(): number;
  monotonicMs(): number;
  /** Calls back once after `delayMs` (any length; implementations split what a platform timer cannot hold); the returned function takes it back. */
  after(delayMs: number, then: () => void): () => void;
}

/** The writer's hold on one run's journal: epoch taken, earlier records read. */
export interface JournalWriter {
  readonly epoch: number;
  /** Assigns sequence numbers, writes the records as one group and returns them. Throws JournalFailure when the disk refuses. */
  append(events: readonly RunEvent[]): readonly Recorded[];
  /** Resolves when every record up to `seq` is on disk. Rejects with JournalFailure; the failure is final. */
  synced(seq: number): Promise<void>;
  /** The last sequence number known to be on disk, -1 for none. */
  readonly durableUpTo: number;
  /** Syncs, seals and gives up the lock. */
  close(): Promise<void>;
}

/** The disk said no: final for this writer. */
export class JournalFailure extends Error {
  readonly diagnostic: Diagnostic;
  constructor(diagnostic: Diagnostic) {
    super(diagnostic.message);
    this.diagnostic = diagnostic;
  }
}

/** What was read of a journal: the records that count, and what was found wrong with the rest. */
export interface JournalReading {
  readonly records: readonly Recorded[];
  /** A torn tail that was cut (warning), or damage below a durable claim (error). */
  readonly diagnostics: readonly Diagnostic[];
  readonly sealed: boolean;
}

/** Where runs live. Paths and file names are its own business. */
export interface RunStore {
  /** Makes the run's folder and takes epoch 1. */
  create(run: string): Promise<Result<JournalWriter>>;
  /** Takes the run over for writing: refuses while another holder lives, unless `takeover`. */
  open(
    run: string,
    options?: { readonly takeover?: boolean },
  ): Promise<Result<{ readonly writer: JournalWriter; readonly reading: JournalReading }>>;
  /** Reads without taking hold; never changes anything. */
  read(run: string): Promise<Result<JournalReading>>;
  /** Whether a live process holds the run, and which. */
  holder(run: string): Promise<{ readonly pid: number; readonly host: string; readonly epoch: number } | null>;
  /** Plans by hash, durable before a record names them. */
  putPlan(hash: string, plan: Json): Promise<void>;
  getPlan(hash: string): Promise<Json | null>;
  /** The folder of a run's logs; absolute. */
  logFolder(run: string): string;
  list(): Promise<readonly string[]>;
  remove(run: string): Promise<Result<void>>;
}

/** How a step type is told about its attempt, and what it may use. */
export interface StepContext {
  readonly work: AttemptWork;
  /** Aborted when the attempt is to stop; the reason is 'cancelled', 'released', 'paused', 'killed' or a TimeLimit. */
  readonly signal: AbortSignal;
  /** Aborted when there is no time for a grace period: KILL at once. `signal` is aborted too. */
  readonly kill: AbortSignal;
  readonly run: { readonly id: string; readonly folder: string; readonly root: string };
  /** Writes news of the attempt into the journal. Resolves once they are on disk; with false where they never will be. */
  note(news: JsonObject): Promise<boolean>;
  /** Progress, for the screen only: the last line of output. */
  progress(line: string): void;
  /** A service is ready, with these outputs: those that need it may start. Its time limits are over. */
  serve?(outputs: JsonObject): void;
  /** There was output: the time of `idle-timeout` begins anew. */
  alive?(): void;
}

/** The answer of a step type: never a rejection. */
export type StepAnswer = Omit<AttemptEnded, 'type' | 'node' | 'op' | 'durationMs'>;

/** A kind of work that workflows name by its action key. The contract that built-in steps and plugins share. */
export interface StepType {
  readonly name: string;
  perform(request: JsonObject, context: StepContext): Promise<StepAnswer>;
}

/** Keeps files of the workspace with the run. */
export interface ArtifactKeeper {
  /** Never rejects. Nothing is kept where it fails. */
  keep(work: AttemptWork, run: StepContext['run'], signal: AbortSignal): Promise<KeptArtifacts>;
}
export type KeptArtifacts =
  | { readonly ok: true; readonly artifacts: readonly Artifact[]; readonly warnings: readonly Diagnostic[] }
  | { readonly ok: false; readonly error: Diagnostic };

/** Keeps results of steps for other runs. */
export interface StepCache {
  /** Puts the files of a result in their places, or says why there is none. Null when it was stopped first. */
  restore(work: CacheWork, run: StepContext['run'], signal: AbortSignal): Promise<CacheAnswer | null>;
  /** Null when it was stopped first. */
  save(work: CacheWork, run: StepContext['run'], signal: AbortSignal): Promise<CacheAnswer | null>;
}
export type CacheAnswer = Omit<CacheEnded, 'type' | 'node' | 'op'>;

/** Answers what pure evaluations need from outside. */
export interface CaptureSource {
  capture(work: CaptureWork, signal: AbortSignal): Promise<Omit<CaptureEnded, 'type' | 'node' | 'op'>>;
}

/** Sees when files of the workspace appear. */
export interface FileWatch {
  /**
   * Resolves once at least one file or folder is there under a path, or one file matches a pattern; at once where that is so already.
   * Paths are relative to the root, with `/`. Null when the signal was aborted first. Never rejects: what can never be found is a diagnostic.
   */
  appears(path: string, signal: AbortSignal): Promise<Result<readonly string[]> | null>;
}

/** Gives names to one holder at a time, among all runs of a store. */
export interface ClaimSource {
  /**
   * Resolves when the name is held, or refused; with null when it was given up. Never rejects. `waiting` hears who has it,
   * each time that changes: `{ run, node, pid, host }`, or `{ problem }` where nobody can have it for now.
   */
  take(work: ClaimWork, signal: AbortSignal, waiting: (news: JsonObject) => void): Promise<ClaimAnswer | null>;
  /** Gives up what is held under the number of its op. `done`: what is done once is. */
  release(op: number, done?: OnceDone): void;
}
export type ClaimAnswer = Omit<ClaimEnded, 'type' | 'node' | 'op'>;

/** Hides secrets in what leaves giga. */
export interface Mask {
  /** Masks a whole text. */
  text(text: string): string;
  /** Masks every text inside a value. */
  json<T extends Json>(value: T): T;
  /** A masker for one stream of bytes, which holds back as much as a secret could still begin in. */
  stream(): { push(chunk: Uint8Array): Uint8Array; end(): Uint8Array };
  readonly active: boolean;
}

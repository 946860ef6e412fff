/** Files that a step is there to make: which are kept with the run, and what is said of them. Knows no disk. */
import type { Json, JsonObject } from '../json.ts';

/** What `artifacts` of an ActionNode evaluates to. */
export interface ArtifactRequest {
  /** Under which they are listed; absent: the step. */
  readonly name?: string;
  /** Globs, relative to the `cwd` of the step; `!` in front takes files out. */
  readonly paths: readonly string[];
  /** What a glob is that finds nothing. */
  readonly ifNone: 'fail' | 'warn' | 'ignore';
}

/** One file that was kept: an item of the output `artifacts`. */
export interface Artifact {
  readonly name?: string;
  /** Relative to the `cwd` of the step, with `/`. */
  readonly path: string;
  /** The copy, absolute. */
  readonly file: string;
  /** Bytes of the copy, and their SHA-256 in hex. */
  readonly size: number;
  readonly sha256: string;
}

export const ARTIFACTS_OUTPUT = 'artifacts';

/** The artifacts in the outputs of a step. */
export function artifactsIn(outputs: JsonObject | null | undefined): readonly Artifact[] {
  const list = outputs?.[ARTIFACTS_OUTPUT];
  return Array.isArray(list) ? list.filter(isArtifact) : [];
}

function isArtifact(value: Json): value is Json & Artifact {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const { path, file, size, sha256 } = value as JsonObject; // neither null nor a list
  return typeof path === 'string' && typeof file === 'string' && typeof size === 'number' && typeof sha256 === 'string';
}

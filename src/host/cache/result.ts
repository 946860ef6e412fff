/** What is kept of a step: the form of a result, and how it is written so that damage is found. Knows no workspace. */

import type { FingerprintParts } from '../../core/fingerprint.ts';
import { canonical, isJsonObject, type Json, type JsonObject, sha256 } from '../../core/json.ts';
import { type CacheFolder, place, readIfThere, type StepName } from './folder.ts';

/** Changes when a result means something else than before. */
export const FORMAT = 1;

/** What a file of the workspace is, in a text: `f:HASH`, `x:HASH` for a program, `l:TARGET` for a link. */
export type FilePrint = string;

/** Everything that a key is made of. */
export interface KeyParts extends StepName {
  readonly machine: string;
  readonly of: string;
  readonly parts: FingerprintParts;
  /** Variables of giga's environment, as hashes. */
  readonly env: Readonly<Record<string, string>>;
  /** By their path, sorted. */
  readonly files: Readonly<Record<string, FilePrint>>;
}

/** A file that a step made. */
export interface Made {
  readonly path: string;
  readonly print: FilePrint;
  /** Bytes. */
  readonly size: number;
}

export interface Result extends KeyParts {
  readonly format: typeof FORMAT;
  readonly key: string;
  readonly run: string;
  /** Ms since 1970. */
  readonly endedAt: number;
  readonly durationMs: number;
  readonly ttlMs: number | null;
  readonly made: readonly Made[];
  readonly outputs: JsonObject;
}

/** The path of a step is no part of it: an equal step elsewhere gives the same. */
export function keyOf({ trust, machine, of, env, files }: KeyParts): string {
  return sha256(canonical([FORMAT, trust, machine, of, env, files]));
}

export function writeResult(folder: CacheFolder, result: Result): void {
  const text = JSON.stringify(result);
  place(folder.result(result.key), `${sha256(text)}\n${text}`);
  nameLatest(folder, result, result.key);
}

/** The next miss of the step is told by what differs from this one. */
export function nameLatest(folder: CacheFolder, step: StepName, key: string): void {
  const text = JSON.stringify(key);
  const path = folder.latestOf(step);
  if (readIfThere(path)?.toString() !== text) place(path, text);
}

/** Null where there is none; `damaged` where it is not what was written. */
export function readResult(folder: CacheFolder, key: string): Result | null | 'damaged' {
  const bytes = readIfThere(folder.result(key));
  if (bytes === null) return null;
  const text = bytes.toString();
  const end = text.indexOf('\n');
  if (end < 0 || sha256(text.slice(end + 1)) !== text.slice(0, end)) return 'damaged';
  const value = parsed(text.slice(end + 1));
  return isResult(value) && value.key === key ? value : 'damaged';
}

/** Null for what is no JSON: anyone can write a file with its digest. */
function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json; // JSON.parse gives JSON
  } catch {
    return null;
  }
}

/** The result that a step was last kept with, or took; null where there is none any more. */
export function latestResult(folder: CacheFolder, step: StepName): Result | null {
  const bytes = readIfThere(folder.latestOf(step));
  const key = bytes === null ? null : keyIn(bytes.toString());
  const result = key === null ? null : readResult(folder, key);
  return result === 'damaged' ? null : result;
}

function keyIn(text: string): string | null {
  const found = /^"([0-9a-f]{64})"$/.exec(text);
  return found?.[1] ?? null;
}

function isResult(value: Json): value is Json & Result {
  if (!isJsonObject(value) || value['format'] !== FORMAT) return false;
  const texts = ['trust', 'file', 'step', 'machine', 'of', 'key', 'run'].every(
    (name) => typeof value[name] === 'string',
  );
  const numbers = ['endedAt', 'durationMs'].every((name) => typeof value[name] === 'number');
  const objects = ['parts', 'env', 'files', 'outputs'].every((name) => isJsonObject(value[name] ?? null));
  return texts && numbers && objects && Array.isArray(value['made']) && value['made'].every(isMade);
}

function isMade(value: Json): value is Json & Made {
  if (!isJsonObject(value)) return false;
  const { path, print, size } = value;
  return typeof path === 'string' && typeof size === 'number' && typeof print === 'string' && isPrint(print);
}

function isPrint(text: string): boolean {
  return /^(?:[fx]:[0-9a-f]{64}|l:.+)$/s.test(text);
}

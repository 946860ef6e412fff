/** What stands in a folder at a moment, and what changed between two: by content. Reads only. */
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';

/** Of a file: its digest, and its text where that is short. */
export interface FileState {
  readonly digest: string;
  readonly text: string | null;
}
export type FileStates = ReadonlyMap<string, FileState>;

export interface FileChange {
  readonly kind: 'added' | 'changed' | 'deleted';
  /** Relative, with `/`. */
  readonly file: string;
  /** Of texts: what went and what came, a few lines of it; empty where it is none or too long. */
  readonly lines: readonly string[];
}

const MAX_TEXT = 64 * 1024;
/** Files beyond are looked at by size and time alone. */
const MAX_READ = 64 * 1024 * 1024;
const MOST_FILES = 100_000;
const MOST_LINES = 8;

export function statesIn(folder: string): FileStates {
  const states = new Map<string, FileState>();
  const folders = [''];
  for (let inner = folders.pop(); inner !== undefined && states.size < MOST_FILES; inner = folders.pop()) {
    for (const entry of readdirSync(join(folder, inner), { withFileTypes: true })) {
      const name = inner === '' ? entry.name : `${inner}/${entry.name}`;
      if (entry.isDirectory() && name !== '.git') folders.push(name);
      else if (!entry.isDirectory()) states.set(name, stateOf(join(folder, name)));
    }
  }
  return states;
}

function stateOf(path: string): FileState {
  try {
    const { size, mtimeMs, mode } = lstatSync(path);
    const kind = mode & 0o170000;
    if (kind === 0o120000) return { digest: `link ${readlinkSync(path)}`, text: null };
    if (kind !== 0o100000 || size > MAX_READ) return { digest: `${mode} ${size} ${mtimeMs}`, text: null };
    const bytes = readFileSync(path);
    const digest = `${mode} ${createHash('sha256').update(bytes).digest('hex')}`;
    return { digest, text: size > MAX_TEXT || bytes.includes(0) ? null : bytes.toString('utf8') };
  } catch {
    return { digest: 'unreadable', text: null }; // it went meanwhile, or may not be read
  }
}

export function changesBetween(before: FileStates, after: FileStates): readonly FileChange[] {
  const files = [...new Set([...before.keys(), ...after.keys()])].toSorted();
  return files.flatMap((file): readonly FileChange[] => {
    const [was, is] = [before.get(file), after.get(file)];
    if (was?.digest === is?.digest) return [];
    const kind = was === undefined ? 'added' : is === undefined ? 'deleted' : 'changed';
    return [{ kind, file, lines: kind === 'changed' ? changedLines(was?.text ?? null, is?.text ?? null) : [] }];
  });
}

/** Between the lines that are the same at the beginning and at the end. */
function changedLines(before: string | null, after: string | null): readonly string[] {
  if (before === null || after === null) return [];
  const [old, young] = [before.split('\n'), after.split('\n')];
  let start = 0;
  while (start < old.length && start < young.length && old[start] === young[start]) start++;
  let end = 0;
  while (end < old.length - start && end < young.length - start && old.at(-1 - end) === young.at(-1 - end)) end++;
  const went = old.slice(start, old.length - end).map((line) => `-${line}`);
  const came = young.slice(start, young.length - end).map((line) => `+${line}`);
  const lines = [...went, ...came];
  return lines.length <= MOST_LINES
    ? lines
    : [...lines.slice(0, MOST_LINES), `… and ${lines.length - MOST_LINES} more lines`];
}

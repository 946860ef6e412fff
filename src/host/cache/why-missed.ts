/** Says which input of a step differs from that of its last result. Pure; knows prints, no files. */
import { explainFingerprint, type FingerprintParts } from '../../core/fingerprint.ts';
import type { FilePrint, KeyParts } from './result.ts';

/** More are only counted. */
const MOST_TOLD = 20;

/**
 * The most exact first: `src/a.ts:14 changed`, `src/b.ts is new`, `NODE_ENV of the environment changed`, `tool node changed: "v20" → "v22"`.
 * `lineOf` finds the first line of a file that changed. Empty when nothing differs.
 */
export function whyMissed(
  before: KeyParts,
  after: KeyParts,
  lineOf: (path: string, before: FilePrint, after: FilePrint) => number | null,
): readonly string[] {
  const told = [
    ...files(before.files, after.files, lineOf),
    ...changed(before.env, after.env).map((name) => `${name} of the environment changed`),
    ...shownParts(before.parts, after.parts),
    ...explainFingerprint(hashedParts(before.parts), hashedParts(after.parts)),
    ...(before.machine === after.machine ? [] : [`the platform changed: ${before.machine} → ${after.machine}`]),
  ];
  return atMost(told);
}

function atMost(told: readonly string[]): readonly string[] {
  return told.length <= MOST_TOLD ? told : [...told.slice(0, MOST_TOLD), `and ${told.length - MOST_TOLD} more`];
}

/** What changed among files alone. */
export function whichFiles(before: KeyParts['files'], after: KeyParts['files']): readonly string[] {
  return atMost(files(before, after, () => null));
}

function files(
  before: KeyParts['files'],
  after: KeyParts['files'],
  lineOf: (path: string, before: FilePrint, after: FilePrint) => number | null,
): readonly string[] {
  return changed(before, after).map((path, index) => {
    const [was, is] = [own(before, path), own(after, path)];
    if (was === undefined || is === undefined) return `${path} is ${was === undefined ? 'new' : 'gone'}`;
    if (was.startsWith('l') !== is.startsWith('l'))
      return `${path} is ${is.startsWith('l') ? 'a link now' : 'no link any more'}`;
    if (was.slice(1) === is.slice(1))
      return `${path} is ${is.startsWith('x') ? 'a program now' : 'no program any more'}`;
    const line = index < MOST_TOLD ? lineOf(path, was, is) : null;
    return line === null ? `${path} changed` : `${path}:${line} changed`;
  });
}

/** The names whose values differ, sorted. */
function changed(before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>): readonly string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].filter((name) => own(before, name) !== own(after, name)).toSorted();
}

/** A file may be called `constructor`. */
function own(values: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}

/** What is shown as it is, not as a hash. */
const SHOWN = /^(?:cache\.key$|tool )/;

function shownParts(before: FingerprintParts, after: FingerprintParts): readonly string[] {
  return changed(before, after)
    .filter((name) => SHOWN.test(name))
    .map((name) => {
      const [was, is] = [before[name], after[name]];
      if (was === undefined || is === undefined) return `\`${name}\` is ${was === undefined ? 'new' : 'gone'}`;
      if (was.startsWith('#') || is.startsWith('#')) return `\`${name}\` changed`;
      return `\`${name}\` changed: ${was} → ${is}`;
    });
}

function hashedParts(parts: FingerprintParts): FingerprintParts {
  return Object.fromEntries(Object.entries(parts).filter(([name]) => !SHOWN.test(name)));
}

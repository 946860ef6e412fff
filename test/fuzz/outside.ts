/** What the world answers: files found by globs, servers, programs on a screen; and secrets in all of it. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { column, cut, harmless, undiminished, widthOf, wrap } from '../../src/cli/render/text.ts';
import { asJournaled } from '../../src/core/journal/round-trip.ts';
import type { Json } from '../../src/core/json.ts';
import { addressBytes, isPublicAddress } from '../../src/core/net/address.ts';
import { covers, isHostPattern } from '../../src/core/net/hosts.ts';
import { findFiles } from '../../src/host/cache/find-files.ts';
import { makeCaptureSource } from '../../src/host/capture/index.ts';
import { createMask } from '../../src/host/mask/mask.ts';
import { jsonIn, saysJson } from '../../src/steps/http/body.ts';
import { statusProblem, unexpected } from '../../src/steps/http/expect.ts';
import { nextPage } from '../../src/steps/http/pages.ts';
import { checkDiagnostics, deepJson, promise, type Target, textOf, times } from './target.ts';
import { GLOB_WORDS, HTTP_WORDS, JSON_WORDS, TERMINAL_WORDS } from './words.ts';

const folder = mkdtempSync(join(tmpdir(), 'giga-fuzz-outside-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
/** Nothing outside of the workspace is found. */
function checkInside(paths: readonly Json[]): void {
  for (const path of paths)
    promise(typeof path === 'string' && !/^(?:\.\.|\/)/.test(path), `${String(path)} is found outside`);
}

const globRoot = join(folder, 'tree');
mkdirSync(join(globRoot, 'src', 'a'), { recursive: true });
for (const name of ['a.ts', 'src/b.ts', `src/a/${'a'.repeat(60)}.ts`, 'src/a/c.d', '.env'])
  writeFileSync(join(globRoot, name), 'x');

const captures = makeCaptureSource({
  root: globRoot,
  clock: { wallMs: () => 0, monotonicMs: () => 0, after: () => () => {} },
  runCommand: async () => '',
  saveTree: async () => '',
  mergeWorktree: async () => null,
});
const neverStopped = new AbortController().signal;

/** What a step asks of the workspace by globs. Whatever the library throws is told by whoever asks; what it throws elsewhere aborts. */
const glob: Target = {
  name: 'glob',
  async run(bytes) {
    const globs = textOf(bytes).split('\n').slice(0, 20);
    const asked = (['glob', 'hashFiles', 'files'] as const).map((kind) => ({ key: kind, kind, args: globs }));
    for (const capture of asked) {
      const { values, error } = await captures.capture(
        { kind: 'capture', node: 'x', op: 1, captures: [capture] },
        neverStopped,
      );
      if (error !== undefined) checkDiagnostics([error], {});
      const found = values['glob'];
      if (Array.isArray(found)) checkInside(found);
    }
    checkInside(await findFiles({ root: globRoot, cwd: 'src', globs, state: join(globRoot, '.giga') }).catch(() => []));
  },
  seeds: [
    '**/*.ts\n!src/**',
    '{..,src}/*\n@(..)/*\n[.][.]/*\n.{.,x}/*.json',
    'src/{a,b}/*.[jt]s',
    '@(a|b)/**',
    '*.{ts,js}',
    './a.ts',
    'src/a/',
    '!(a)*',
  ],
  words: GLOB_WORDS,
  cases: [],
  large: [
    ['stars', times(1_000, '*a')],
    ['groups of groups', () => `${'+('.repeat(30)}a${')'.repeat(30)}b`],
    ['a star of stars', () => '**/+(+(a))b'],
    ['stars in stars', () => '**/*(*(*(*(a))))b'],
    ['choices that repeat', () => '**/*(a|a|aa|a*)b.ts'],
    ['braces', () => '{a,b}'.repeat(16)],
    ['a brace of numbers', () => '{1..99999999}'],
    ['a brace of numbers in steps', () => '{1..999999999..3}x{1..99999}'],
    ['nested braces', () => `${'{a,'.repeat(5_000)}b${'}'.repeat(5_000)}`],
    ['folders', times(20_000, '**/')],
    ['a long name', times(100_000, 'a')],
    ['brackets', times(20_000, '[')],
    ['parentheses', times(20_000, '(')],
    ['backslashes', times(60_000, '\\')],
  ],
};

const http: Target = {
  name: 'http-answer',
  run(bytes) {
    const text = textOf(bytes);
    const json = jsonIn(text);
    if (json !== undefined) promise(asJournaled([json]) !== null, 'a body that no journal takes');
    saysJson({ status: 200, headers: { 'content-type': text }, url: 'http://x/' });
    const next = nextPage('link', { headers: { link: text } });
    promise(next === null || (typeof next === 'string' && text.includes(next)), 'an address from nowhere');
    for (const status of [200, 429]) {
      const head = { status, headers: { 'retry-after': text, etag: text }, url: 'http://x/y' };
      const { retryAfterMs, ...problem } = { retryAfterMs: 0, ...statusProblem(head, 'GET', text, 0) };
      promise(Number.isFinite(retryAfterMs) && retryAfterMs >= 0, `a pause of ${retryAfterMs} ms`);
      checkDiagnostics([problem], {});
      unexpected(head, json, {
        headers: { etag: 'x', age: true },
        json: { additionalProperties: { pattern: '^(a+)+$' }, uniqueItems: true },
      });
    }
  },
  seeds: [
    '<http://x/?page=2>; rel="next", <y>; rel=last',
    '{"a":[1,{"b":null}]}',
    'application/problem+json; charset=utf-8',
    'Fri, 20 Nov 2026 19:00:00 GMT',
    '120',
  ],
  words: [...HTTP_WORDS, ...JSON_WORDS],
  cases: [],
  large: [
    ...deepJson,
    ['links', times(100_000, '<x>; rel="a b", ')],
    ['relations', () => `<x>${'; rel="next'.repeat(100_000)}`],
    ['blanks behind rel', () => `<x>; rel${' '.repeat(1_000_000)}x`],
    ['semicolons and blanks', () => `<x>${'; '.repeat(1_000_000)}`],
    ['words in a relation', () => `<x>; rel="${'a '.repeat(1_000_000)}`],
    ['angle brackets', times(1_000_000, '<')],
    ['a type', () => `${'/json '.repeat(200_000)}x`],
    ['blanks', times(5_000_000, ' ')],
  ],
};

const host: Target = {
  name: 'host',
  run(bytes) {
    const text = textOf(bytes);
    const bare = text.replace(/%.*$/s, '');
    if (isIP(bare) > 0 && !/^\[|\]$/.test(bare))
      promise(addressBytes(text) !== null, 'an address that is not known as one');
    if (isIP(text) === 0 && !/[%[\]]/.test(text))
      promise(addressBytes(text) === null, 'what Node takes for no address is taken for one');
    isPublicAddress(text);
    if (isHostPattern(text)) covers(text, text.toLowerCase());
  },
  seeds: [
    '127.0.0.1',
    '::ffff:10.0.0.1',
    'fe80::1%eth0',
    '[::1]',
    '*.example.com',
    '2001:db8::1',
    '0177.0.0.1',
    '012.0.0.1',
    '1.2.3',
  ],
  words: [':', '::', '.', '0', '255', '256', 'ffff', '%', '[', ']', '*', '*.', '-', '_', 'x', '0x7f'],
  cases: [],
  large: [
    ['letters', times(1_000_000, 'a')],
    ['colons', times(1_000_000, ':')],
    ['points', times(1_000_000, 'a.')],
    ['dashes', () => `a${'-'.repeat(250)}`],
  ],
};

const mask: Target = {
  name: 'mask',
  run(bytes) {
    const text = textOf(bytes);
    const [secret = '', ...rest] = text.split('\n');
    if (secret.length < 4 || secret.length > 200) return;
    const made = createMask([secret]);
    const said = rest.join('\n');
    promise(made.text(`${said}${secret}`) !== `${said}${secret}`, 'a secret is left');
    made.json([said, { [secret]: said }]);
  },
  seeds: ['hunter2!\nthe password is hunter2!', 'a"b\\c\n{"x":"a\\"b\\\\c"}', 'päss\np%C3%A4ss'],
  words: ['***', '%', '\\u00', '+', '=', 'aHVudGVyMiE=', '\n', '"', '\\'],
  cases: [],
  large: [
    ['one letter', () => `aaaa\n${'a'.repeat(1_000_000)}`],
    ['almost', () => `aaaaaaab\n${'aaaaaaa'.repeat(200_000)}`],
  ],
};

/** What programs write, as a screen shows it. */
const terminal: Target = {
  name: 'terminal',
  run(bytes) {
    for (const line of textOf(bytes).split('\n').slice(0, 50)) {
      const shown = harmless(line);
      // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
      const bad = /[\0-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029]|\p{Surrogate}/u;
      promise(![shown, ...undiminished(line)].some((one) => bad.test(one)), 'a control is shown');
      promise(widthOf(column(shown, 20)) === 20, 'a column of another width');
      promise(widthOf(cut(shown, 7)) <= 7, 'a cut that is too wide');
      wrap(shown, 40);
    }
  },
  seeds: [
    '\x1b[31mred\x1b[0m\r50%\r100%',
    'a\tb\x08\u202ec',
    '\x1b]8;;http://x\x1b\\link\x1b]8;;\x07',
    '日本語 😀 e\u0301',
  ],
  words: TERMINAL_WORDS,
  cases: ['../shared/conformance/robustness'],
  large: [
    ['escapes', times(500_000, '\x1b[')],
    ['open titles', times(500_000, '\x1b]0;')],
    ['carriage returns', times(3_000_000, '\r')],
    ['one word', times(2_000_000, 'a')],
    ['words', times(500_000, 'a ')],
    ['marks', () => `a${'\u0301'.repeat(1_000_000)}`],
  ],
};

export const OUTSIDE: readonly Target[] = [glob, http, host, mask, terminal];

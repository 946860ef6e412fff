/** Results of steps on a real disk: what they are known by, how they are put back, and what damage does. */
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Json, sha256 } from '../../../src/core/json.ts';
import type { CacheRequest } from '../../../src/core/plan/cache-request.ts';
import type { CacheAnswer } from '../../../src/core/ports.ts';
import type { CacheWork } from '../../../src/core/run/effect.ts';
import { createFilePrints } from '../../../src/host/cache/file-prints.ts';
import { cacheFolder } from '../../../src/host/cache/folder.ts';
import { createStepCache, type StepCacheOptions } from '../../../src/host/cache/step-cache.ts';
import { clear, listKept, prune } from '../../../src/host/cache/stock.ts';
import { createClock } from '../../../src/host/clock.ts';
import { contextFor } from '../../steps/context.ts';

let root: string;
let cache: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'giga-'));
  cache = join(root, '.giga', 'cache', 'steps');
  put('src/a.ts', 'one\ntwo\nthree\n');
  put('src/b.ts', 'b\n');
});
afterEach(() => {
  for (const folder of [root, `${root}-outside`]) rmSync(folder, { recursive: true, force: true });
});

function put(path: string, text: string): void {
  mkdirSync(join(root, dirname(path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

interface Given extends Partial<CacheRequest> {
  readonly of?: string;
  readonly parts?: Readonly<Record<string, string>>;
  readonly request?: Json;
  readonly secrets?: readonly string[];
  readonly step?: string;
  readonly anew?: boolean;
}
const NEVER = new AbortController().signal;

function workOf({
  of = 'text',
  parts = {},
  request = { cwd: '' },
  secrets = [],
  step = 'build',
  anew = false,
  ...more
}: Given): CacheWork {
  const { work } = contextFor(root, { node: step, request, secrets });
  const asked = { inputs: ['src/**'], outputs: ['dist/**'], key: null, env: [], ttlMs: null, ...more };
  return {
    kind: 'cache',
    node: step,
    op: 1,
    ask: 'restore',
    anew,
    file: 'w.yaml',
    cache: { request: asked, of, parts },
    attempt: work,
  };
}
const open = (more: Partial<StepCacheOptions> = {}) =>
  createStepCache({
    folder: cache,
    root,
    state: join(root, 'state'),
    trust: 'own',
    env: {},
    clock: createClock(),
    ...more,
  });
const runOf = (id: string) => ({ id, folder: join(root, '.giga'), root });

/** What a run does with a step: looks it up, does it where there is nothing, keeps it. Gives both answers. */
async function step(
  given: Given = {},
  build: () => void = () => put('dist/a.js', read('src/a.ts').toUpperCase()),
  options: Partial<StepCacheOptions> = {},
): Promise<{ readonly found: CacheAnswer; readonly kept: CacheAnswer | null }> {
  const one = open(options);
  const work = workOf(given);
  const found = (await one.restore(work, runOf('r1'), NEVER)) as CacheAnswer;
  let kept: CacheAnswer | null = null;
  if (found.hit === undefined) {
    build();
    const result = { outputs: { v: 1 }, endedAt: Date.now(), durationMs: 5 };
    if (found.key !== undefined)
      kept = await one.save({ ...work, ask: 'save', key: found.key, result }, runOf('r1'), NEVER);
  }
  one.close();
  return { found, kept };
}
const whyOf = async (...given: Parameters<typeof step>) => (await step(...given)).found.why;
const never = () => {
  throw new Error('it was done again');
};

describe('a result', () => {
  test('puts back exactly what the step made: contents, programs, links; and nothing else that matches', async () => {
    const build = () => {
      put('dist/sub/a.js', 'a');
      put('dist/tool', '#!/bin/sh\n');
      chmodSync(join(root, 'dist/tool'), 0o755);
      symlinkSync('sub/a.js', join(root, 'dist/link'));
    };
    expect((await step({}, build)).kept).toEqual({ saved: true });
    rmSync(join(root, 'dist'), { recursive: true });
    put('dist/stale.js', 'stale');
    put('dist/tool', 'edited');
    const { found } = await step({}, never);
    expect(found.hit).toMatchObject({ run: 'r1', step: 'build', durationMs: 5, outputs: { v: 1 } });
    expect(read('dist/sub/a.js')).toBe('a');
    expect(lstatSync(join(root, 'dist/tool')).mode & 0o111).toBe(0o111);
    expect(readlinkSync(join(root, 'dist/link'))).toBe('sub/a.js');
    expect(existsSync(join(root, 'dist/stale.js'))).toBe(false);
    expect(readdirSync(join(root, 'dist')).toSorted()).toEqual(['link', 'sub', 'tool']);
  });

  test('that is in its place already is left alone', async () => {
    await step();
    const before = lstatSync(join(root, 'dist/a.js'));
    await step({}, never);
    expect(lstatSync(join(root, 'dist/a.js')).mtimeMs).toBe(before.mtimeMs);
  });

  test('is one of the same content: an equal step of another name and file has it, and a touched file changes nothing', async () => {
    await step();
    utimesSync(join(root, 'src/a.ts'), new Date(), new Date());
    expect((await step({ step: 'other' }, never)).found.hit).toMatchObject({ step: 'build' });
  });

  test.each<[string, string, () => void]>([
    ['a changed line', 'src/a.ts:2 changed', () => put('src/a.ts', 'one\nTWO\nthree\n')],
    ['a line at the end', 'src/a.ts:4 changed', () => put('src/a.ts', 'one\ntwo\nthree\nfour')],
    ['a new file', 'src/c.ts is new', () => put('src/c.ts', '')],
    ['a file that is gone', 'src/b.ts is gone', () => rmSync(join(root, 'src/b.ts'))],
    ['a program', 'src/b.ts is a program now', () => chmodSync(join(root, 'src/b.ts'), 0o755)],
    [
      'a link',
      'src/b.ts is a link now',
      () => (rmSync(join(root, 'src/b.ts')), symlinkSync('a.ts', join(root, 'src/b.ts'))),
    ],
  ])('is missed because of %s, which is named: %s', async (_, why, change) => {
    await step();
    change();
    expect(await whyOf()).toEqual([why]);
  });

  test('is missed by what else it depends on, which is named', async () => {
    await step({ env: ['CC'], parts: { 'tool node': '"v20"', 'cache.key': '1', run: 'x' } }, undefined, {
      env: { CC: 'gcc' },
    });
    const parts = { 'tool node': '"v22"', 'cache.key': '1', run: 'y' };
    expect(await whyOf({ env: ['CC'], of: 'other', parts }, undefined, { env: {} })).toEqual([
      'CC of the environment changed',
      '`tool node` changed: "v20" → "v22"',
      'the text of `run` changed',
    ]);
  });

  test.each<[string, string | undefined, string | undefined]>([
    ['another value', 'gcc', 'clang'],
    ['an empty one', undefined, ''],
  ])('is missed where only the environment has %s', async (_, before, after) => {
    await step({ env: ['CC'] }, undefined, { env: { CC: before } });
    expect(await whyOf({ env: ['CC'] }, undefined, { env: { CC: after } })).toEqual(['CC of the environment changed']);
  });

  test('has nothing to say where none was ever kept', async () => {
    expect(await step()).toMatchObject({ found: { why: [] }, kept: { saved: true } });
  });

  test('is used only by those of the same trust', async () => {
    await step();
    expect((await step({}, () => put('dist/a.js', 'bad'), { trust: 'fork x/y' })).kept).toEqual({ saved: true });
    expect((await step({}, never, { trust: 'fork x/y' })).found.hit).toBeDefined();
    expect((await step({}, never)).found.hit).toBeDefined();
    expect(read('dist/a.js')).toBe('ONE\nTWO\nTHREE\n');
  });

  test('is used for as long as `ttl` says', async () => {
    await step({ ttlMs: 60_000 });
    expect((await step({ ttlMs: 60_000 }, never)).found.hit).toBeDefined();
    const clock = { ...createClock(), wallMs: () => Date.now() + 61_000 };
    expect(await whyOf({ ttlMs: 60_000 }, undefined, { clock })).toEqual(['its result is older than `ttl`, 1m']);
  });

  test('is not looked for where everything is to be done; what is done is kept', async () => {
    await step();
    expect(await step({}, undefined, { isAnew: true })).toMatchObject({
      found: { why: ['--no-cache'] },
      kept: { saved: true },
    });
    expect(await whyOf({ anew: true })).toEqual(['it was asked to be done again']);
  });
});

describe('nothing is kept', () => {
  test('where a file was changed while the step ran', async () => {
    const build = () => {
      put('dist/a.js', 'a');
      put('src/a.ts', 'edited meanwhile');
    };
    expect((await step({}, build)).kept?.why).toEqual(['what it reads changed while it ran: src/a.ts changed']);
    expect(listKept(cache)).toEqual([]);
  });

  test.each<[string, Given, string]>([
    ['of a step that gets a secret', { secrets: ['TOKEN'] }, 'it gets the secret TOKEN'],
    [
      'where a text holds one',
      { request: { script: { secretText: ['x', { secret: 'PIN' }] } } },
      'it gets the secret PIN',
    ],
    [
      'where a glob is too long',
      { inputs: ['a'.repeat(2_000)] },
      `its glob \`${'a'.repeat(60)}…\` is longer than 1000 characters`,
    ],
    ['where a glob leads out', { inputs: ['../x/**'] }, 'its glob `../x/**` leads out of the workspace'],
  ])('%s', async (_, given, why) => {
    const { found, kept } = await step(given);
    expect([found, kept]).toEqual([{ why: [why] }, null]);
  });

  test('where nothing was made that matches, and of links that lead away', async () => {
    expect((await step({}, () => {})).kept?.why).toEqual(['no file matches its `outputs`']);
    const link = () => (
      mkdirSync(join(root, 'dist'), { recursive: true }), symlinkSync('/etc/passwd', join(root, 'dist/l'))
    );
    expect((await step({}, link)).kept?.why).toEqual(['the link `dist/l` leads out of the workspace']);
  });
});

describe('the globs of a step', () => {
  test('are relative to its `cwd`, and may go up within the workspace', async () => {
    put('pkg/[a]/in.txt', 'x');
    const given = {
      request: { cwd: 'pkg/[a]' },
      inputs: ['in.txt', '../../src/*.ts', '!../../src/b.ts'],
      outputs: ['out'],
    };
    await step(given, () => put('pkg/[a]/out', 'made'));
    put('src/b.ts', 'not read');
    expect((await step(given, never)).found.hit).toBeDefined();
    put('pkg/[a]/in.txt', 'y');
    put('src/a.ts', 'z');
    expect(await whyOf(given, () => put('pkg/[a]/out', 'made'))).toEqual([
      'pkg/[a]/in.txt:1 changed',
      'src/a.ts:1 changed',
    ]);
  });

  test.each([['src'], ['src/**'], ['./src/'], ['s*c/**'], ['{src,none}/**']])(
    'find links as links, as `%s` too',
    async (glob) => {
      put('else/x', 'x');
      symlinkSync('../else', join(root, 'src/folder'));
      symlinkSync('nowhere', join(root, 'src/dangling'));
      await step({ inputs: [glob] });
      put('else/x', 'changed, and not seen through the link');
      expect((await step({ inputs: [glob] }, never)).found.hit).toBeDefined();
      rmSync(join(root, 'src/folder'));
      rmSync(join(root, 'src/dangling'));
      expect(await whyOf({ inputs: [glob] })).toEqual(['src/dangling is gone', 'src/folder is gone']);
    },
  );

  test('find neither what git and giga have, nor what the step itself makes', async () => {
    const given = { inputs: ['**'], outputs: ['dist'] };
    await step(given);
    put('.git/x', 'x');
    put('.giga/x', 'x');
    put('state/runs/x', 'x');
    put('dist/a.js', 'edited');
    expect((await step(given, never)).found.hit).toBeDefined();
  });
});

/** Every file of the cache below a folder of it. */
const filesIn = (name: string): readonly string[] =>
  readdirSync(join(cache, name), { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .map((one) => join(one.parentPath, one.name));

describe('damage', () => {
  test('of a content is found: nothing of it reaches the workspace, the step is done and kept anew', async () => {
    await step();
    for (const blob of filesIn('blobs')) writeFileSync(blob, readFileSync(blob, 'utf8').replace('ONE', 'TEN'));
    put('dist/a.js', 'before');
    const { found, kept } = await step({}, () => {
      expect(read('dist/a.js')).toBe('before');
      put('dist/a.js', 'ONE\nTWO\nTHREE\n');
    });
    expect([found.why, kept]).toEqual([['what was kept of dist/a.js is lost or damaged'], { saved: true }]);
    rmSync(join(root, 'dist'), { recursive: true });
    await step({}, never);
    expect(read('dist/a.js')).toBe('ONE\nTWO\nTHREE\n');
  });

  test.each([
    ['of a result', 'results', ['its result is damaged']],
    ['of what is known of files', 'files.json', undefined],
    ['of the name of the last result', 'latest', undefined],
  ])('%s costs no more than a look', async (_, name, why) => {
    await step();
    const file = name.endsWith('.json') ? join(cache, name) : (filesIn(name)[0] as string);
    const signed = ['', '{', 'null'].map((of) => `${sha256(of)}\n${of}`);
    for (const text of ['', '{', 'null', ...signed, readFileSync(file, 'utf8').slice(0, -7)]) {
      writeFileSync(file, text);
      expect((await step()).found.why).toEqual(why);
    }
  });

  test.each([
    ['an absolute path', '/tmp/giga-evil', 'f'],
    ['a path that leads out', '../evil', 'f'],
    ['a hook of git', '.git/hooks/pre-commit', 'x'],
    ['a folder within that', 'dist/.GIGA/x', 'f'],
    ['a path through a link', 'dist/out/evil', 'f'],
  ])('done on purpose, by %s, is refused', async (_, path, kind) => {
    await step();
    mkdirSync(`${root}-outside`);
    symlinkSync(`${root}-outside`, join(root, 'dist/out'));
    const [file] = filesIn('results') as [string];
    const result = JSON.parse(readFileSync(file, 'utf8').split('\n')[1] ?? '');
    const made = [{ ...result.made[0], path, print: `${kind}${result.made[0].print.slice(1)}` }];
    const text = JSON.stringify({ ...result, made });
    writeFileSync(file, `${sha256(text)}\n${text}`);
    const why = await whyOf({}, () => put('dist/a.js', 'done'));
    expect(why?.[0]).toMatch(/no file of the workspace|no folder any more/);
    expect(existsSync(join(root, '..', 'evil'))).toBe(false);
    expect(readdirSync(`${root}-outside`)).toEqual([]);
  });

  test('a link that a result names may not lead away', async () => {
    await step();
    const [file] = filesIn('results') as [string];
    const result = JSON.parse(readFileSync(file, 'utf8').split('\n')[1] ?? '');
    const text = JSON.stringify({ ...result, made: [{ path: 'dist/l', print: 'l:../../x', size: 0 }] });
    writeFileSync(file, `${sha256(text)}\n${text}`);
    expect((await whyOf())?.[0]).toContain('no file of the workspace');
  });
});

test('a cache that can only be read serves as well', async () => {
  await step();
  for (const file of filesIn('results')) mkdirSync(file.replace(/json$/, 'uses')); // nothing can be noted there
  expect((await step({}, never)).found.hit).toBeDefined();
});

describe('the stock', () => {
  const HOUR_MS = 3_600_000;

  test('is listed with how often each was used, and pruned by age and by size', async () => {
    await step();
    await step({}, never);
    await step({ of: 'two', step: 'other' });
    const kept = listKept(cache);
    expect(kept.map(({ step: name, uses, files }) => `${name} ${uses} ${files}`).toSorted()).toEqual([
      'build 1 1',
      'other 0 1',
    ]);
    expect(prune(cache, Date.now(), { usedBefore: 1 }).removed).toEqual([]);
    expect(prune(cache, Date.now(), { maxBytes: kept[0]?.size ?? 0, isDry: true }).removed).toHaveLength(1);
    expect(listKept(cache)).toHaveLength(2);
    expect(prune(cache, Date.now() + 2 * HOUR_MS, { usedBefore: Date.now() + HOUR_MS }).removed).toHaveLength(2);
    expect([listKept(cache), filesIn('blobs'), filesIn('lines')]).toEqual([[], [], []]);
  });

  test('keeps contents that are young: a run may be about to keep its result', async () => {
    await step();
    const begun = join(cache, 'results', 'begun.tmp');
    writeFileSync(begun, '');
    prune(cache, Date.now(), { maxBytes: 0 });
    expect([filesIn('blobs').length, filesIn('results')]).toEqual([1, [begun]]);
    clear(cache, false);
    expect(existsSync(cache)).toBe(false);
    expect((await step()).kept).toEqual({ saved: true });
  });
});

describe('what files hold', () => {
  const look = async (laterMs: number, path = 'src/a.ts') => {
    const prints = createFilePrints(root, cacheFolder(cache), { wallMs: () => Date.now() + laterMs });
    const print = await prints.print(path, false, NEVER);
    prints.close();
    return print;
  };
  const hashOf = (text: string) => `f:${sha256(text)}`;
  /** What was written down shows whether it is believed. */
  const forge = () => {
    const file = join(cache, 'files.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace(sha256('one\ntwo\nthree\n'), 'f00'));
  };

  test('is read again when a file has changed, however little shows', async () => {
    expect(await look(9_000)).toBe(hashOf('one\ntwo\nthree\n'));
    const { mtime } = lstatSync(join(root, 'src/a.ts'));
    writeFileSync(join(root, 'src/a.ts'), 'one\nTWO\nthree\n');
    utimesSync(join(root, 'src/a.ts'), mtime, mtime);
    expect(await look(9_000)).toBe(hashOf('one\nTWO\nthree\n'));
  });

  test('is read again where it was read in the tick in which it changed', async () => {
    put('src/a.ts', 'one\ntwo\nthree\n');
    await look(0);
    forge();
    expect(await look(0)).toBe(hashOf('one\ntwo\nthree\n'));
  });

  test('is not read again where nothing has changed since', async () => {
    await look(9_000);
    forge();
    expect(await look(9_000)).toBe('f:f00');
  });
});

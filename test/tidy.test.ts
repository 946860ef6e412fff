/** The house rules that a machine can check: who imports whom, what stays pure, how long files grow. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const RANK: Record<string, number> = {
  core: 0,
  lang: 1,
  engine: 1,
  steps: 1,
  host: 1,
  plugin: 1,
  sim: 1,
  app: 2,
  testing: 2,
  cli: 3,
};
const MAX_LINES = 400;

interface Source {
  readonly path: string;
  readonly part: string;
  readonly text: string;
  readonly imports: readonly string[];
}

function files(folder: string, ending: RegExp): string[] {
  const found = readdirSync(join(root, folder), { recursive: true, withFileTypes: true });
  return found
    .filter((f) => f.isFile() && ending.test(f.name))
    .map((f) => relative(root, join(f.parentPath, f.name)).replaceAll('\\', '/'));
}

const sources: Source[] = files('src', /\.ts$/)
  .filter((path) => !path.includes('/generated/'))
  .map((path) => {
    const text = readFileSync(join(root, path), 'utf8');
    const imports = [...text.matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*)'([^']+)'/g)].map((m) => m[1] ?? '');
    return { path, part: path.split('/')[1] ?? '', text, imports };
  });
/** A text of TypeScript without its comments and strings, as well as a pattern can tell them. */
const code = (text: string): string =>
  text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*$|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/gm, '');
const inside = (source: Source): string[] =>
  source.imports
    .filter((i) => i.startsWith('.'))
    .map((i) => posix.normalize(posix.join(posix.dirname(source.path), i)));

test('every folder of src has a rank', () => {
  expect([...new Set(sources.map((s) => s.part))].filter((part) => !(part in RANK))).toEqual([]);
});

test('a file imports its own part and lower ranks, and cli sees only app and core', () => {
  const broken = sources.flatMap((source) =>
    inside(source)
      .map((target) => [target, target.split('/')[1] ?? ''] as const)
      .filter(([, part]) => part !== source.part)
      .filter(
        ([, part]) =>
          (RANK[part] ?? 99) >= (RANK[source.part] ?? 0) ||
          (source.part === 'cli' && part !== 'app' && part !== 'core'),
      )
      .map(([target]) => `${source.path} -> ${target}`),
  );
  expect(broken).toEqual([]);
});

test('core and lang are pure: no I/O, no clock, no chance, no foreign package but the named ones', () => {
  const allowed: Record<string, readonly string[]> = {
    core: ['node:crypto', 're2js'],
    lang: ['yaml', 'gray-matter'],
  };
  const foreign = sources.flatMap((s) =>
    s.imports
      .filter((i) => s.part in allowed && !i.startsWith('.') && !allowed[s.part]?.includes(i))
      .map((i) => `${s.path} imports ${i}`),
  );
  const impure = sources
    .filter((s) => s.part in allowed)
    .filter((s) =>
      /\bDate\.now\b|new Date\(\)|Math\.random|\bprocess\.|\bsetTimeout\b|\bperformance\.|\basync\b|\bawait\b|\bIntl\b/.test(
        code(s.text),
      ),
    )
    .map((s) => `${s.path} is not pure`);
  expect([...foreign, ...impure]).toEqual([]);
});

test('only host asks which platform this is', () => {
  expect(sources.filter((s) => s.part !== 'host' && s.text.includes('process.platform')).map((s) => s.path)).toEqual(
    [],
  );
});

test(`no source file is longer than ${MAX_LINES} lines, and each says first what it is`, () => {
  const long = sources.filter((s) => s.text.split('\n').length > MAX_LINES).map((s) => s.path);
  const silent = sources.filter((s) => !/^(#!.*\n)?\/\*\*/.test(s.text)).map((s) => s.path);
  expect({ long, silent }).toEqual({ long: [], silent: [] });
});

test('no any, no TODO, no focused or skipped-for-ever test is left behind', () => {
  const left = [...sources.map((s) => s.path), ...files('test', /\.ts$/)]
    .filter((path) => path !== 'test/tidy.test.ts')
    .filter((path) => {
      const text = readFileSync(join(root, path), 'utf8');
      return (
        /\bTODO\b|\bFIXME\b|\bXXX\b|@ts-ignore|@ts-nocheck/.test(text) ||
        /\bas any\b|[:<|,] any(?=[\s,;)>|&[\]=]|$)|<any\b|\.only\(/m.test(code(text))
      );
    });
  expect(left).toEqual([]);
});

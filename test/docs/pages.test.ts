/** Every page of docs/ stays true: its examples run, its generated tables are those of today, its links lead somewhere. */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { renderSchemaReference } from '../../src/lang/schema/reference.ts';
import { buildOnce, type Workplace } from '../cli/giga.ts';
import { blocksOf } from './page.ts';
import { testPage } from './pages.ts';

const KEYS = /(<!-- keys: made from (\S+) [^>]*-->\n)[^]*?(<!-- end of keys -->)/g;
const docs = readdirSync('docs').filter((name) => name.endsWith('.md'));
const linked = ['README.md', 'CONTRIBUTING.md', 'ARCHITECTURE.md', ...docs.map((name) => `docs/${name}`)];

/** Makes `giga` a package that a script in the place can import. */
function installLibrary(place: Workplace): void {
  const target = join(place.folder, 'node_modules', 'giga');
  mkdirSync(target, { recursive: true });
  symlinkSync(dirname(buildOnce()), join(target, 'dist'));
  copyFileSync('package.json', join(target, 'package.json'));
}

/** The page with the tables of today. */
function withKeys(page: string): string {
  return page.replace(KEYS, (_all, open: string, schema: string, close: string) => {
    const json = JSON.parse(readFileSync(schema, 'utf8')) as JsonObject; // our own schema
    return `${open}\n${renderSchemaReference(json)}\n${close}`;
  });
}

/** Pages whose scripts import the package. */
const WITH_LIBRARY: readonly string[] = ['library.md', 'simulation.md'];

const withTables = ['docs/language.md', 'docs/testing.md'];

test.each(withTables)('%s has all keys of its schema (UPDATE_GOLDEN=1 writes them)', (file) => {
  const page = readFileSync(file, 'utf8');
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, withKeys(page));
  else expect(page).toBe(withKeys(page));
  expect(page).toMatch(KEYS);
});

const withExamples = docs.filter((name) => blocksOf(readFileSync(`docs/${name}`, 'utf8')).length > 0);

describe.each(withExamples)('the examples of docs/%s', (name) => {
  testPage(`docs/${name}`, WITH_LIBRARY.includes(name) ? installLibrary : undefined);
});

test('docs/library.md names all that the package exports, and nothing else', () => {
  const page = readFileSync('docs/library.md', 'utf8');
  const source = readFileSync('src/app/index.ts', 'utf8');
  const lists = [...source.matchAll(/^export (?:type )?\{([^}]+)\}/gm)].flatMap(([, names = '']) => names.split(','));
  const own = [...source.matchAll(/^export (?:async )?(?:function|interface|type|const) (\w+)/gm)].map(
    ([, name]) => name,
  );
  const exported = [...lists.map((name) => name.trim().replace(/^type /, '')), ...own];
  expect(exported.filter((name) => !page.includes(`\`${name}`))).toEqual([]);
  const listed = [...(page.split('the types ')[1] ?? '').matchAll(/`(\w+)`/g)].map(([, name]) => name);
  expect(listed.filter((name) => !exported.includes(name))).toEqual([]);
});

test.each(linked)('the links of %s lead somewhere', (file) => {
  const page = readFileSync(file, 'utf8').replace(/^(`{3,})[^]*?^\1$/gm, '');
  const targets = [...page.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => target);
  const lost = targets.filter((target) => !target.includes('://') && !leads(file, target));
  expect(lost).toEqual([]);
});

function leads(from: string, target: string): boolean {
  const [path = '', anchor] = target.split('#');
  const file = path === '' ? from : join(dirname(from), path);
  if (!existsSync(file)) return false;
  return anchor === undefined || anchorsOf(readFileSync(file, 'utf8')).includes(anchor);
}

/** As GitHub makes them of headings. */
function anchorsOf(page: string): readonly string[] {
  return [...page.matchAll(/^#{1,6} (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

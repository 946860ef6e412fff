/** The specs of this repository have the form that specs have, and their acceptance commands exist. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { Document, Section } from '../../src/core/document.ts';
import { isJsonObject, type JsonObject } from '../../src/core/json.ts';
import { jsonOf } from '../../src/lang/compile/tree.ts';
import { readDocument } from '../../src/lang/read/document.ts';

const STATUSES = ['draft', 'ready', 'in-progress', 'done'];
const KEYS = ['id', 'title', 'status', 'depends-on', 'owner', 'tags'];

const files = readdirSync('specs').filter((name) => name.endsWith('.md'));
const ids = files.map((name) => name.replace(/\.md$/, ''));

interface Spec {
  readonly document: Document;
  readonly front: JsonObject;
  /** The text of a section and of the ones below it. */
  body(title: string): string;
  readonly sections: readonly Section[];
}

function read(name: string): Spec {
  const file = `specs/${name}`;
  const { value, diagnostics } = readDocument(readFileSync(file, 'utf8'), file);
  if (value === null || diagnostics.length > 0) throw new Error(JSON.stringify(diagnostics));
  const front = value.root === null ? null : jsonOf(value.root);
  if (!isJsonObject(front ?? null)) throw new Error(`${file} has no frontmatter`);
  const sections = value.body?.sections ?? [];
  const body = (title: string): string => {
    const from = sections.findIndex((section) => section.level === 2 && section.title === title);
    const start = sections[from]?.bodyRange[0];
    if (start === undefined) return '';
    const next = sections.slice(from + 1).find((section) => section.level <= 2);
    return value.text.slice(start, next?.headingRange[0]);
  };
  return { document: value, front: front as JsonObject, body, sections }; // checked above
}

describe.each(files)('specs/%s', (name) => {
  const { document, front, body, sections } = read(name);

  test('is a spec with the frontmatter of specs', () => {
    expect(document.kind).toBe('spec');
    expect(Object.keys(front).filter((key) => !KEYS.includes(key))).toEqual([]);
    expect(front).toMatchObject({
      id: name.replace(/\.md$/, ''),
      title: expect.any(String),
      owner: expect.any(String),
    });
    expect(STATUSES).toContain(front['status']);
    const needed = front['depends-on'] ?? [];
    expect(Array.isArray(needed) && needed.every((id) => typeof id === 'string' && ids.includes(id))).toBe(true);
  });

  test('has requirements that say SHALL, and scenarios that say when and then', () => {
    const requirements = body('Requirements')
      .replace(/^### [^]*/m, '')
      .trim()
      .split('\n\n');
    expect(requirements.length).toBeGreaterThan(2);
    expect(requirements.filter((text) => !/^The system SHALL (?:never )?\w[^]*\.$/.test(text))).toEqual([]);
    const scenarios = sections.filter(({ level }) => level === 3);
    expect(scenarios.length).toBeGreaterThan(0);
    for (const { title, bodyRange } of scenarios) {
      expect(title).toMatch(/^Scenario: \w/);
      expect(document.text.slice(...bodyRange).trim()).toMatch(/^- WHEN [^\n]+\n(?:- AND [^\n]+\n)*- THEN [^\n]+/);
    }
  });

  test('has acceptance criteria, and is done only when all of them are ticked', () => {
    const items = [...body('Acceptance').matchAll(/^- \[([ x])\] \S.*$/gm)];
    expect(items.length).toBeGreaterThan(0);
    const open = items.filter(([, mark]) => mark === ' ');
    if (front['status'] === 'done') expect(open.map(([text]) => text)).toEqual([]);
    else expect(open.length).toBeGreaterThan(0);
  });

  test('verifies what is ticked with commands that exist', () => {
    const text = body('Acceptance');
    expect(text).not.toMatch(/^- \[x\] .*\n\n(?!```bash\n)/m);
    const commands = [...text.matchAll(/^```bash\n(.+)\n```$/gm)].map(([, command = '']) => command);
    expect(commands.length).toBe(text.match(/^```bash$/gm)?.length);
    const scripts = (JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: object }).scripts; // our own
    const wrong = commands.filter((command) => {
      const script = /^npm run (\S+)$/.exec(command)?.[1];
      if (script !== undefined) return !Object.hasOwn(scripts, script);
      const paths = /^npx vitest run ((?:test\/\S+ ?)+)(?:-t \S+)?$/.exec(command)?.[1];
      return (
        paths === undefined ||
        !paths
          .trim()
          .split(' ')
          .every((path) => existsSync(path))
      );
    });
    expect(wrong).toEqual([]);
  });
});

test('there is a spec for each part', () => {
  expect(ids.toSorted((a, b) => (a < b ? -1 : 1))).toEqual([
    'claude',
    'cli',
    'config',
    'core',
    'expressions',
    'flow',
    'journal',
    'lang',
    'mcp',
    'performance',
    'plugins',
    'proof',
    'resume',
    'steps-run',
    'truth',
  ]);
});

/** What is read of the requests of steps, and of what they gave. */
import { describe, expect, test } from 'vitest';
import { artifactsIn } from '../../../src/core/plan/artifacts.ts';
import { fileNotes, readFilesRead } from '../../../src/core/plan/files.ts';
import { bodyLabel, planGraph } from '../../../src/core/plan/graph.ts';
import { isStatusOf } from '../../../src/core/plan/http-request.ts';
import { checkInputs, missingInputs } from '../../../src/core/plan/inputs.ts';
import { COMPENSATE_HOOK } from '../../../src/core/plan/plan.ts';
import { patternIn } from '../../../src/core/plan/service-request.ts';
import { parseMode } from '../../../src/core/plan/write-request.ts';
import { action, composite, each, plain, plan } from '../run/plans.ts';

const ARTIFACT = { path: 'a', file: '/a', size: 1, sha256: 'x' };

test.each([
  [{ artifacts: [ARTIFACT, null, 'x', [], 1, {}] }, [ARTIFACT]],
  [{ artifacts: ['path', 'file', 'size', 'sha256'].map((name) => ({ ...ARTIFACT, [name]: false })) }, []],
  [{ artifacts: 'all' }, []],
  [{}, []],
  [null, []],
  [undefined, []],
])('the artifacts in %j are those that say all that artifacts have', (outputs, artifacts) => {
  expect(artifactsIn(outputs)).toEqual(artifacts);
});

test.each([
  [
    { digest: 'd', of: { 'a.ts': 'x', b: 1 } },
    { digest: 'd', of: { 'a.ts': 'x', b: '1' } },
  ],
  [
    { digest: 1, of: [] },
    { digest: '', of: {} },
  ],
  [null, { digest: '', of: {} }],
])('what is known of files by %j', (value, read) => {
  expect(readFilesRead(value)).toEqual(read);
});

test('files are parts of a fingerprint by their paths; a step that names none has none', () => {
  expect(fileNotes({ digest: 'd', of: { 'a.ts': 'x' } })).toEqual({ 'file a.ts': 'x' });
  expect(fileNotes(null)).toEqual({});
});

test.each([
  [200, [200], true],
  [204, ['2xx'], true],
  [301, [200, '2xx'], false],
  [200, [], false],
])('the status %i is one of %j: %s', (status, wanted, is) => {
  expect(isStatusOf(status, wanted)).toBe(is);
});

test.each([
  ['/a+/', 'a+'],
  ['//', null],
  ['/a', null],
  ['a/', null],
  ['listening', null],
])('the pattern in %s is %s', (text, pattern) => {
  expect(patternIn(text)).toBe(pattern);
});

test.each([
  ['644', 0o644],
  ['0755', 0o755],
  ['rw', null],
  ['999', null],
])('the mode %s', (text, mode) => {
  expect(parseMode(text)).toBe(mode);
});

describe('inputs', () => {
  const input = { type: 'string', required: true, schema: {} } as const;

  test('that are missing say how they are given, and what they are where that is known', () => {
    const inputs = { a: input, b: { ...input, description: 'The tag.' } };
    expect(missingInputs(inputs, new Map())).toEqual(['a', 'b']);
    const checked = checkInputs(inputs, new Map());
    expect(checked.ok ? [] : checked.diagnostics.map(({ hint }) => hint)).toEqual([
      'Give it with `-i a=VALUE` or as the variable `GIGA_INPUT_A`.',
      'Give it with `-i b=VALUE` or as the variable `GIGA_INPUT_B`. It is: The tag.',
    ]);
  });

  test('of a workflow that has none are refused as such', () => {
    const checked = checkInputs({}, new Map([['x', { value: '1', form: 'text', origin: '-i' }]]));
    expect(checked).toMatchObject({ ok: false, diagnostics: [{ hint: 'The workflow has no inputs.' }] });
  });
});

describe('the graph of a plan', () => {
  test('has what undoes a step as a part of it, and what undoes them as steps', () => {
    const hooks = [{ slot: COMPENSATE_HOOK, body: { nodes: [action('u')] } }] as const;
    expect(bodyLabel(action('a', { hooks }), COMPENSATE_HOOK)).toBe('compensate');
    const undo = (undoes?: readonly string[]) => composite('compensate', 'c', [], { ...(undoes && { undoes }) });
    const shown = (node: ReturnType<typeof undo>) =>
      planGraph(plan([action('a', { hooks })], { onFailure: [node] })).scopes.at(-1)?.nodes[0]?.action;
    expect([shown(undo()), shown(undo(['a', 'b']))]).toEqual(['compensate all', 'compensate a, b']);
  });

  test('counts the items that are written down, be they none', () => {
    const times = (items: Parameters<typeof plain>[0]) =>
      planGraph(plan([each(action('a'), plain(items))])).scopes[0]?.nodes[0];
    expect(JSON.stringify(times(['x', 'y']))).toContain('for each of 2 items');
    expect(JSON.stringify(times(null))).toContain('for each of 0 items');
    expect(JSON.stringify(times('x'))).toContain('for each of a list');
  });

  test('has the hooks of a `try` after all its other parts', () => {
    const hooks = [{ slot: -1, body: { nodes: [action('h')] } }] as const;
    const bodies = [{ nodes: [action('b')] }, { nodes: [action('c')] }, { nodes: [action('f')] }];
    const node = composite('try', 'a', bodies, { hooks: hooks as never });
    const labels = planGraph(plan([node])).scopes[0]?.nodes[0]?.scopes.map(({ label }) => label);
    expect(labels).toEqual([null, 'catch', 'finally', 'on-success']);
  });
});

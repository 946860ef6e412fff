/** What is asked of the workspace around a run: a tree before steps that may write, the files that a step reads, and the merge at the end. */
import { describe, expect, test } from 'vitest';
import { problem } from '../../../src/core/diagnostic/diagnostic.ts';
import { captureKey } from '../../../src/core/expr/evaluate.ts';
import type { ActionNode, Plan, PlanNode } from '../../../src/core/plan/plan.ts';
import { filesAsked } from '../../../src/core/run/files-read.ts';
import { action, object, plain, plan } from './plans.ts';
import { World } from './world.ts';

const no = problem('STEP_FAILED', 'no');
const of = (kind: string, json: object): ActionNode => ({ ...action('a', { with: plain({ ...json }) }), action: kind });

function asked(node: PlanNode, workspace: Plan['workspace'], isRefused = false): World {
  return new World(plan([node], { ...(workspace && { workspace }) }), {
    reply: () => ({}),
    capture: ({ captures: [first] }) =>
      isRefused ? { values: {}, error: no } : { values: { [first?.key ?? '']: 't' } },
  }).go();
}
const kinds = (world: World) => world.events('capture.started').map(({ captures }) => captures[0]?.kind);

describe('a workspace whose trees are saved', () => {
  test.each<[string, ActionNode, boolean]>([
    ['a program', of('run', { script: 'x' }), true],
    ['a file', of('write', { path: 'f' }), true],
    ['a call of an MCP server', of('mcp', { tool: 't' }), true],
    ['an answer that is saved', of('http', { url: 'u', save: 'f' }), true],
    ['an answer that is not', of('http', { url: 'u', save: null }), false],
    ['a request without a word about it', of('http', { url: 'u' }), false],
    ['a request that is no object', { ...of('http', {}), with: plain('u') }, false],
    ['a service', of('service', {}), false],
  ])('has one from before %s', (_what, node, isSaved) => {
    const world = asked(node, { save: true });
    expect(kinds(world)).toEqual(isSaved ? ['tree'] : []);
    expect(world.attempts('a')).toBe(1);
  });

  test('is not changed by a step before which none could be saved', () => {
    const world = asked(action('a'), { save: true }, true);
    expect([world.attempts('a'), world.settled('a')?.error?.code]).toEqual([0, 'STEP_FAILED']);
  });

  test('has none where the author wants none', () => {
    expect(kinds(asked(action('a'), { merge: 'none' }))).toEqual([]);
  });
});

describe('the files that a step reads', () => {
  const reader = action('a', { files: object({ cwd: plain('src'), globs: plain(['*.ts']) }) });

  test('are looked at before it begins; what cannot be read is what it fails of', () => {
    expect(kinds(asked(reader, undefined))).toEqual(['files']);
    const refused = asked(reader, undefined, true);
    expect([refused.attempts('a'), refused.settled('a')?.error?.code]).toEqual([0, 'STEP_FAILED']);
  });

  test('are known by the key of what was captured', () => {
    expect(filesAsked(captureKey('files', ['src', '*.ts', '!x']))).toEqual(['src', '*.ts', '!x']);
    expect(filesAsked(captureKey('git', []))).toBeNull();
  });

  test('that could not be read are looked at anew by the next process', () => {
    const world = new World(plan([reader])).rest();
    world.apply({ type: 'capture.ended', node: 'a', op: 1, values: {}, error: no });
    expect(kinds(world.crash().rest())).toEqual(['files', 'files']);
    expect(world.result('a')).toBeUndefined();
  });
});

describe('a run in a worktree', () => {
  const TREE = { merge: 'ff' } as const;

  test('is merged back when all else of it has succeeded', () => {
    const world = asked(action('a'), TREE);
    expect([kinds(world), world.finished?.verdict]).toEqual([['merge'], 'succeeded']);
  });

  test('fails where it cannot be merged', () => {
    const { finished } = asked(action('a'), TREE, true);
    expect([finished?.verdict, finished?.error?.code]).toEqual(['failed', 'STEP_FAILED']);
  });

  test('is left as it is where the author wants that', () => {
    const world = asked(action('a'), { merge: 'none' });
    expect([kinds(world), world.finished?.verdict]).toEqual([[], 'succeeded']);
  });
});

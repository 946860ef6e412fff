/** What others did to the workspace between two processes, and what is said of steps that stand over it. */
import { describe, expect, test } from 'vitest';
import { countDrift, forgetDrift, hidesFiles, isStale, keptOver, noteDrift } from '../../../src/core/run/drift.ts';
import type { ChangedFiles } from '../../../src/core/run/event.ts';
import type { Node } from '../../../src/core/run/node.ts';
import { newRun, type Run } from '../../../src/core/run/run.ts';
import { action, plain, plan } from './plans.ts';
import { runOf } from './world.ts';

const names = (count: number): readonly string[] => Array.from({ length: count }, (_, k) => `f${100 + k}`);
const drifted = (...all: readonly (ChangedFiles | undefined)[]): Run => {
  const run = newRun({ plans: new Map() });
  for (const changed of all) noteDrift(run, changed);
  return run;
};
/** A step of a run in which it succeeded. */
const stepOf = (files?: object): Node => {
  const { run } = runOf(plan([action('a', files && { files: plain({ cwd: '', globs: ['x'] }) })]));
  return run.byPath.get('a') as Node; // it is in the plan
};

describe('a change of files', () => {
  test('of none is no change', () => {
    expect(drifted(undefined, { count: 0, files: [] })).toMatchObject({ drifts: 0, drift: null });
  });

  test.each<[readonly ChangedFiles[], ChangedFiles]>([
    [[{ count: 3, files: ['b'] }], { count: 3, files: ['b'] }],
    [
      [
        { count: 1, files: ['b'] },
        { count: 2, files: ['a', 'b'] },
      ],
      { count: 2, files: ['a', 'b'] },
    ],
    [
      [
        { count: 1, files: ['b'] },
        { count: 1, files: ['a'] },
      ],
      { count: 2, files: ['a', 'b'] },
    ],
    [
      [
        { count: 70, files: ['b'] },
        { count: 1, files: ['a'] },
      ],
      { count: 70, files: ['a', 'b'] },
    ],
    [
      [
        { count: 15, files: names(15) },
        { count: 20, files: names(22).slice(2) },
      ],
      { count: 22, files: names(20) },
    ],
  ])('%j is, taken together, %j', (changes, together) => {
    const run = drifted(...changes);
    expect([run.drifts, run.drift]).toEqual([changes.length, together]);
  });
});

describe('a success', () => {
  test.each([
    [undefined, 0, true],
    [undefined, 1, false],
    [{}, 0, false],
  ])('that names its files as %j, after %i changes of one, may rest on others: %s', (files, drifts, stale) => {
    const node = stepOf(files);
    expect([hidesFiles(node), isStale(drifted({ count: 1, files: ['f'] }), node, { drifts })]).toEqual([!files, stale]);
  });

  test('is said to stand over changed files, until it is done again', () => {
    const run = drifted({ count: 1, files: ['f'] });
    const told = { keptOver: { steps: 2, count: 1, files: ['f'] } };
    for (const path of ['a', 'b/c']) countDrift(run, { ...stepOf(), path, cause: KEPT, result: 'kept' });
    expect(keptOver(run)).toEqual(told);
    forgetDrift(run, ['x', 'a/b']);
    expect(keptOver(run)).toEqual(told);
    forgetDrift(run, ['b']);
    expect(keptOver(run)).toEqual({ keptOver: { ...told.keptOver, steps: 1 } });
    countDrift(run, { ...stepOf(), path: 'a' }); // it succeeded anew
    expect(keptOver(run)).toEqual({});
  });

  test('of a run whose files nobody changed stands over nothing', () => {
    const run = drifted();
    countDrift(run, { ...stepOf(), cause: KEPT, result: 'kept' });
    expect(keptOver(run)).toEqual({});
  });
});

const KEPT = { kind: 'kept', attempt: 1, endedAt: 1 } as const;

test('a run says at its end over which changes its steps were kept', () => {
  const world = runOf(plan([action('a'), action('b', { needs: [0] })]));
  const changed = { count: 1, files: ['src/x'] };
  world.crash().apply({ type: 'run.opened', host: 'h', giga: '0', pid: 3, changed });
  world.command({ kind: 'resume', rerun: ['b'] });
  expect(world.go().finished?.keptOver).toEqual({ steps: 1, ...changed });
});

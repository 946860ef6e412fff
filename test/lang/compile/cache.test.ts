import { describe, expect, test } from 'vitest';
import type { ActionNode } from '../../../src/core/plan/plan.ts';
import { planHash } from '../../../src/core/plan/plan.ts';
import { compileText as compile } from './compile.ts';

const compiled = (cache: string, more = '') =>
  compile(`secrets: [PIN]\nvars: { x: 1 }\nsteps:\n  a: { run: "true", cache: ${cache}${more} }\n`);
const told = (cache: string, more = '') =>
  compiled(cache, more).diagnostics.map(({ code, message }) => `${code} ${message}`);
const specOf = (cache: string, more = '') => {
  const { plan: value, diagnostics } = compiled(cache, more);
  if (value === null) throw new Error(JSON.stringify(diagnostics));
  return (value.root.bodies[0]?.nodes[0] as ActionNode | undefined)?.cache;
};

describe('`cache` of a step', () => {
  test('is what its result depends on', () => {
    expect(specOf('{ inputs: [src/**, "!src/x"], outputs: dist, env: [CC], ttl: 7d, tools: [node] }')).toEqual({
      with: {
        kind: 'literal',
        value: { inputs: ['src/**', '!src/x'], outputs: ['dist'], key: null, env: ['CC'], ttlMs: 604_800_000 },
      },
      tools: { node: expect.anything() },
    });
    expect(specOf('{ inputs: [], key: "vars.x" }')?.with).toMatchObject({ kind: 'object' });
    expect(Object.keys(specOf('{ inputs: [], tools: { go: go version, tsc: npx tsc -v } }')?.tools ?? {})).toEqual([
      'go',
      'tsc',
    ]);
    expect(specOf('false')).toBeUndefined();
  });

  test('is no part of what a success means in a run, and part of the plan', () => {
    const [one, other] = ['{ inputs: [a] }', '{ inputs: [b] }'].map((cache) => compiled(cache).plan);
    if (!one || !other) throw new Error('no plan');
    expect(one.root.bodies[0]?.nodes[0]?.digest).toBe(other.root.bodies[0]?.nodes[0]?.digest);
    expect(planHash(one)).not.toBe(planHash(other));
  });

  test.each([
    ['true', 'PLAN_CACHE_NO_INPUTS No files are declared that step `a` reads.'],
    ['{ outputs: [dist] }', 'PLAN_CACHE_NO_INPUTS No files are declared that step `a` reads.'],
    [
      '{ inputs: [/etc/passwd] }',
      'PLAN_CACHE_PATH The glob `/etc/passwd` leads out of the folder in which the step works.',
    ],
    ['{ inputs: [../x] }', 'PLAN_CACHE_PATH The glob `../x` leads out of the folder in which the step works.'],
    [
      '{ inputs: [], outputs: [a/../../b] }',
      'PLAN_CACHE_PATH The glob `a/../../b` leads out of the folder in which the step works.',
    ],
    ['{ inputs: [], outputs: ["**"] }', 'PLAN_CACHE_PATH The glob `**` covers more than a step can make.'],
    ['{ inputs: [], outputs: [.] }', 'PLAN_CACHE_PATH The glob `.` covers more than a step can make.'],
    [
      '{ inputs: [], outputs: [.git/hooks] }',
      'PLAN_CACHE_PATH The glob `.git/hooks` covers more than a step can make.',
    ],
    [
      '{ inputs: [], outputs: [./.giga/**] }',
      'PLAN_CACHE_PATH The glob `./.giga/**` covers more than a step can make.',
    ],
    ['{ inputs: [], env: [PIN] }', 'PLAN_MALFORMED `PIN` is a secret: nothing is told apart by its value.'],
    ['{ inputs: [], env: ["A B"] }', 'PLAN_MALFORMED `cache.env` is a list of names of variables.'],
    [
      '{ inputs: [], tools: { x: "x ${{ inputs.y }}" } }',
      'PLAN_VALUE_IN_PROGRAM The command of a tool cannot hold `${{ }}`: the shell would execute the value.',
    ],
  ])('%s: %s', (cache, wanted) => {
    expect(told(cache)).toEqual([wanted]);
  });

  test.each(['{ inputs: [] }', '{ key: "1" }', '{ inputs: [../x] }', '{ inputs: ["${{ vars.x }}/**"] }'])(
    'may be %s',
    (cache) => {
      expect(told(cache, ', cwd: sub')).toEqual([]);
    },
  );

  test.each(['set: { v: 1 }', 'steps: []', 'wait: { for: 1s }', 'service: { run: x, ready: { log: x } }'])(
    'belongs to what runs, asks or writes, not to `%s`',
    (action) => {
      const { diagnostics } = compile(`steps:\n  a: { ${action}, cache: true }\n`);
      const [own] = diagnostics.filter(({ message }) => message.includes('cache'));
      expect(own?.message).toMatch(/^`cache` belongs to `run`, `http`, `mcp`, `uses` or `write`, and this step has `/);
    },
  );
});

/** The parts of steps in the graph of a plan that only few workflows have, and what inputs say that nobody gave. */
import { describe, expect, test } from 'vitest';
import { bodyLabel, planGraph } from '../../../src/core/plan/graph.ts';
import { checkInputs } from '../../../src/core/plan/inputs.ts';
import { COMPENSATE_HOOK, ON_SUCCESS_HOOK } from '../../../src/core/plan/plan.ts';
import { action, composite, each, plain, plan } from '../run/plans.ts';

describe('inputs', () => {
  const input = { type: 'string', required: true, schema: {} } as const;

  test('that are missing say how they are given, and what they are where that is known', () => {
    const inputs = { a: input, b: { ...input, description: 'The tag.' } };
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
    const hooks = [{ slot: ON_SUCCESS_HOOK, body: { nodes: [action('h')] } }] as const;
    const bodies = [{ nodes: [action('b')] }, { nodes: [action('c')] }, { nodes: [action('f')] }];
    const node = composite('try', 'a', bodies, { hooks });
    const labels = planGraph(plan([node])).scopes[0]?.nodes[0]?.scopes.map(({ label }) => label);
    expect(labels).toEqual([null, 'catch', 'finally', 'on-success']);
  });
});

import { expect, test } from 'vitest';
import type { Json, JsonObject } from '../../../src/core/json.ts';
import { hasTools, readAgentRequest } from '../../../src/core/plan/agent-request.ts';

const WHOLE: JsonObject = {
  tools: ['read', 'edit'],
  maxTurns: 3,
  onDenied: 'continue',
  sandbox: 'none',
  runner: 'cli',
  permissions: {},
};

test('a request of an agent is read as it was compiled', () => {
  expect(readAgentRequest(WHOLE)).toEqual(WHOLE);
  const more = { ...WHOLE, sandboxMemory: 1_000, workflows: [{ name: 'check', description: 'Checks.', plan: {} }] };
  expect(readAgentRequest(more)).toEqual(more);
  for (const kept of [{ context: 'off', memory: 'notes' }, { context: 9_000 }])
    expect(readAgentRequest({ ...WHOLE, ...kept })).toEqual({ ...WHOLE, ...kept });
  expect(readAgentRequest({ ...WHOLE, context: 'much', memory: '../x' })).toEqual(WHOLE);
  expect(readAgentRequest({ tools: [], maxTurns: 1, onDenied: 'fail', permissions: { read: ['src'] } })).toEqual({
    tools: [],
    maxTurns: 1,
    onDenied: 'fail',
    permissions: { read: ['src'] },
  });
});

test('what it does not say is the careful way', () => {
  const { onDenied: _denied, sandbox: _sandbox, runner: _runner, ...rest } = WHOLE;
  expect(readAgentRequest({ ...rest, onDenied: 'whatever', sandbox: 'other', runner: 'api' })).toEqual({
    ...rest,
    onDenied: 'fail',
  });
});

test.each<[Json]>([
  [null],
  ['text'],
  [{ ...WHOLE, tools: ['read', 'format-disk'] }],
  [{ ...WHOLE, maxTurns: 'many' }],
  [{ ...WHOLE, permissions: null }],
  [{ maxTurns: 1 }],
])('%j is none', (json) => {
  expect(readAgentRequest(json)).toBeNull();
});

test('bounds of its context and the name of its notes are read where they are some', () => {
  expect(readAgentRequest({ ...WHOLE, context: 150_000, memory: 'reviews' })).toMatchObject({
    context: 150_000,
    memory: 'reviews',
  });
  expect(readAgentRequest({ ...WHOLE, context: 'off' })).toMatchObject({ context: 'off' });
  expect(readAgentRequest({ ...WHOLE, context: 'on', memory: '../reviews' })).toEqual(WHOLE);
});

test('without a list of tools there are none', () => {
  expect(readAgentRequest({ ...WHOLE, tools: 'read' })).toMatchObject({ tools: [] });
});

test('whatever it may call makes it one with tools', () => {
  const none = readAgentRequest({ ...WHOLE, tools: [] });
  const one = readAgentRequest({
    ...WHOLE,
    tools: [],
    workflows: [{ name: 'check', description: 'Checks.', plan: {} }],
  });
  if (none === null || one === null) throw new Error('both are whole');
  expect([hasTools(none), hasTools(one), hasTools(none, [{ name: 's', command: 'x' }])]).toEqual([false, true, true]);
});

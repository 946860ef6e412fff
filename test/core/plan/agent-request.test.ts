import { expect, test } from 'vitest';
import type { Json, JsonObject } from '../../../src/core/json.ts';
import { readAgentRequest } from '../../../src/core/plan/agent-request.ts';

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

test('without a list of tools there are none', () => {
  expect(readAgentRequest({ ...WHOLE, tools: 'read' })).toMatchObject({ tools: [] });
});

import { describe, expect, test } from 'vitest';
import type { Json } from '../../../src/core/json.ts';
import { isAllowedTool, readServer } from '../../../src/core/plan/mcp-request.ts';

describe('a pattern of tools', () => {
  test.each([
    [undefined, 'x', true],
    [[], 'x', false],
    [['x'], 'x', true],
    [['x'], 'xy', false],
    [['*'], '', true],
    [['read_*'], 'read_file', true],
    [['read_*'], 'unread_file', false],
    [['*_file'], 'read_file', true],
    [['*_file'], 'read_files', false],
    [['a*b*c'], 'a-b-c', true],
    [['a*b*c'], 'a-c-b', false],
    [['a*x*c'], 'a-b-c', false],
    [['ab*ba'], 'aba', false],
    [['a*a'], 'aa', true],
    [['.*'], 'x', false],
    [['b', 'a'], 'a', true],
  ])('%j lets %j through: %j', (patterns, name, expected) => {
    expect(isAllowedTool(patterns, name)).toBe(expected);
  });
  test('is not slow for a name that is made to be', () => {
    expect(isAllowedTool([`${'a*'.repeat(1_000)}b`], 'a'.repeat(100_000))).toBe(false);
  });
});

describe('a server of a file of configuration', () => {
  test('is read as what it says', () => {
    const given = {
      command: 'node',
      args: ['a'],
      env: { A: 'b' },
      replicas: 2,
      tools: 'read_*',
      pin: true,
      timeout: '5s',
      'max-output': '1KiB',
    };
    const { timeout: _, 'max-output': __, ...rest } = given;
    expect(readServer('s', 'giga.yaml', given)).toEqual({
      name: 's',
      from: 'giga.yaml',
      ...rest,
      tools: ['read_*'],
      timeoutMs: 5_000,
      maxOutput: 1_024,
    });
    const auth = { 'client-id': 'me', 'client-secret': '${S}', issuer: 'https://i' };
    expect(readServer('s', 'f', { url: 'http://x', headers: {}, auth, 'max-output': 5 })).toEqual({
      name: 's',
      from: 'f',
      url: 'http://x',
      headers: {},
      auth: { clientId: 'me', clientSecret: '${S}', issuer: 'https://i' },
      maxOutput: 5,
    });
    const signing = { 'client-id': 'me', 'private-key': '${K}', issuer: 'https://i' };
    expect(readServer('s', 'f', { url: 'http://x', auth: signing })).toMatchObject({
      auth: { clientId: 'me', privateKey: '${K}', issuer: 'https://i' },
    });
    expect(readServer('s', 'f', { command: 'x', sampling: true })).toMatchObject({ sampling: {} });
    expect(readServer('s', 'f', { command: 'x', sampling: false })).toEqual({ name: 's', from: 'f', command: 'x' });
    const sampling = { model: 'm', 'max-tokens': 5, calls: 2 };
    expect(readServer('s', 'f', { command: 'x', sampling })).toMatchObject({
      sampling: { model: 'm', maxTokens: 5, calls: 2 },
    });
    expect(readServer('s', 'f', { command: 'x', sampling: { calls: 2 } })).toMatchObject({ sampling: { calls: 2 } });
  });
  test.each<[string, Json, string]>([
    ['s', { command: 'x', sampling: 'yes' }, '`sampling`'],
    ['s', { command: 'x', sampling: { turns: 1 } }, '`sampling`'],
    ['s', { command: 'x', sampling: { model: 1 } }, '`sampling`'],
    ['s', { command: 'x', sampling: { 'max-tokens': 0 } }, '`sampling`'],
    ['s', { command: 'x', sampling: { calls: 10_001 } }, '`sampling`'],
    ['a b', { command: 'x' }, 'has a name'],
    ['s', [], 'is no map'],
    ['s', {}, 'needs either'],
    ['s', { command: 'x', url: 'y' }, 'needs either'],
    ['s', { command: 'x', constructor: 'y' }, 'has no key `constructor`'],
    ['s', { command: '' }, '`command`'],
    ['s', { command: 'x', args: [1] }, '`args`'],
    ['s', { command: 'x', env: { A: 1 } }, '`env`'],
    ['s', { command: 'x', replicas: 0 }, '`replicas`'],
    ['s', { command: 'x', replicas: 33 }, '`replicas`'],
    ['s', { command: 'x', replicas: 1.5 }, '`replicas`'],
    ['s', { command: 'x', stateful: 'yes' }, '`stateful`'],
    ['s', { command: 'x', timeout: 5 }, '`timeout`'],
    ['s', { url: 'x', auth: { 'client-id': 'me', 'client-secret': 'a' } }, '`auth`'],
    ['s', { url: 'x', auth: { 'client-id': 'me', 'private-key': 'a' } }, '`auth`'],
    ['s', { command: 'x', 'max-output': 0 }, '`max-output`'],
    ['s', { command: 'x', 'max-output': 'much' }, '`max-output`'],
    ['s', { command: 'x', 'max-output': 1.5 }, '`max-output`'],
    ['s', { command: 'x', 'max-output': true }, '`max-output`'],
    ['s', { url: 'x', auth: {} }, '`auth`'],
    ['s', { url: 'x', auth: { 'client-id': 'a', scope: 1 } }, '`auth`'],
  ])('%s %j cannot be used', (name, given, why) => {
    expect(readServer(name, 'f', given)).toContain(why);
  });
});

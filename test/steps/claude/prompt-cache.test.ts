/** Where the API is told to keep the beginning of a prompt. */
import { describe, expect, test } from 'vitest';
import { agentTtl, marked, withSharedKept } from '../../../src/steps/claude/prompt-cache.ts';

const LONG = 'Rules. '.repeat(3_000);
const PROMPT = { type: 'text', text: 'Which one?' };
const FILE = { type: 'document', source: { type: 'text', media_type: 'text/plain', data: LONG } };

function bodyOf(system: string | null, ...files: readonly { readonly type: string }[]) {
  return {
    model: 'm',
    ...(system === null ? {} : { system }),
    messages: [{ role: 'user', content: [...files, PROMPT] }],
  };
}

describe('of one of many calls', () => {
  test('a long system prompt is kept', () => {
    expect(withSharedKept(bodyOf(LONG), { promptCache: 'auto' }, true)).toEqual({
      ...bodyOf(null),
      system: [{ type: 'text', text: LONG, cache_control: { type: 'ephemeral' } }],
    });
  });
  test('with files all up to the last of them, never what differs', () => {
    const kept = withSharedKept(bodyOf('Sort.', FILE, FILE), { promptCache: 'auto' }, true);
    expect(kept).toEqual(bodyOf('Sort.', FILE, { ...FILE, cache_control: { type: 'ephemeral' } } as typeof FILE));
  });
  test('not what is short, and not where it is not the same for all', () => {
    expect(withSharedKept(bodyOf('Sort.'), { promptCache: 'auto' }, true)).toEqual(bodyOf('Sort.'));
    expect(withSharedKept(bodyOf(LONG), {}, true)).toEqual(bodyOf(LONG));
  });
});

test('a call of its own is kept only where its author says so', () => {
  expect(withSharedKept(bodyOf(LONG), { promptCache: 'auto' }, false)).toEqual(bodyOf(LONG));
  expect(withSharedKept(bodyOf(LONG), { promptCache: 'off' }, true)).toEqual(bodyOf(LONG));
  expect(withSharedKept(bodyOf('Sort.'), { promptCache: '1h' }, false)).toMatchObject({
    system: [{ cache_control: { type: 'ephemeral', ttl: '1h' } }],
  });
  expect(withSharedKept(bodyOf(null), { promptCache: '5m' }, true)).toEqual(bodyOf(null));
});

test('turns of agents are kept for five minutes, an hour, or not', () => {
  expect([
    agentTtl({}),
    agentTtl({ promptCache: 'auto' }),
    agentTtl({ promptCache: '1h' }),
    agentTtl({ promptCache: 'off' }),
  ]).toEqual(['5m', '5m', '1h', null]);
  expect(marked([PROMPT], null)).toEqual([PROMPT]);
  expect(marked([PROMPT], '5m')).toEqual([{ ...PROMPT, cache_control: { type: 'ephemeral' } }]);
  const thinking = { type: 'thinking', thinking: 'x' };
  expect(marked([PROMPT, thinking], '5m')).toEqual([PROMPT, thinking]); // the API takes no mark there
});

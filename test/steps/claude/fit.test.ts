/** Long conversations are made to fit: what is left out, what never is, and that it is the same each time. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Block, Message } from '../../../src/steps/claude/conversation.ts';
import { estimatedTokens } from '../../../src/steps/claude/estimate.ts';
import { fitInto, type Room } from '../../../src/steps/claude/fit.ts';
import { type Edit, editedLine, type Standing, standingOf, withLine } from '../../../src/steps/claude/transcript.ts';

interface Fitted {
  readonly messages: readonly Message[];
  readonly tokens: number;
  readonly fits: boolean;
  readonly edit: Edit | null;
}

/** A conversation as an agent has it: before each answer, and before the next, what has to be is left out. `asked` gets what was sent each time. */
function fitted(
  whole: readonly Message[],
  counted: readonly number[],
  room: Room,
  asked: (sent: readonly Message[], edit: Edit | null) => void = () => {},
): Fitted {
  let standing = known(standingOf([]));
  const ask = (turn: number): number => {
    const fit = fitInto(standing.sent, standing.counted, room);
    if (fit.places.length > 0) standing = known(withLine(standing, editedLine(turn, fit)));
    asked(standing.sent, standing.edit?.turn === turn ? standing.edit : null);
    return fit.tokens;
  };
  let turn = 1;
  for (const { role, content } of whole) {
    const line = { kind: 'message', role, content };
    if (role === 'assistant') ask(turn);
    const input = role === 'assistant' ? (counted[turn++ - 1] ?? 0) : 0;
    standing = known(withLine(standing, role === 'user' ? line : { ...line, stop: 'pause_turn', usage: { input } }));
    if (role === 'assistant') standing = known(withLine(standing, { kind: 'turn-ended' }));
  }
  const tokens = ask(turn);
  const edit = standing.edit?.turn === turn ? standing.edit : null;
  return { messages: standing.sent, tokens, fits: tokens <= room.limit, edit };
}

function known(standing: Standing | null): Standing {
  if (standing === null) throw new Error('that is no conversation');
  return standing;
}

const QUESTION: Message = { role: 'user', content: [{ type: 'text', text: 'Do it.' }] };

function called(id: string, thought = ''): Message {
  const thinking: Block[] = thought === '' ? [] : [{ type: 'thinking', thinking: thought, signature: 's' }];
  return { role: 'assistant', content: [...thinking, { type: 'tool_use', id, name: 'read', input: { path: id } }] };
}

function gave(id: string, characters: number): Message {
  return {
    role: 'user',
    content: [{ type: 'tool_result', tool_use_id: id, content: [{ type: 'text', text: 'x'.repeat(characters) }] }],
  };
}

/** A question and so many calls, of which each gave so much. */
function talk(turns: number, characters: number, thought = ''): Message[] {
  return [
    QUESTION,
    ...Array.from({ length: turns }, (_, n) => [called(`c${n}`, thought), gave(`c${n}`, characters)]).flat(),
  ];
}

/** Which results are there whole. */
function whole({ messages }: Fitted): string {
  return messages
    .flatMap(({ content }) => content)
    .filter(({ type }) => type === 'tool_result')
    .map((block) => (JSON.stringify(block).includes('was left out') ? '-' : '+'))
    .join('');
}

test('what fits is sent as it is', () => {
  const messages = talk(5, 3_000);
  expect(fitted(messages, [], { limit: 10_000, frame: 0 })).toEqual({
    messages,
    tokens: expect.any(Number),
    fits: true,
    edit: null,
  });
});

test('the oldest results are left out first, down to a good part of the room; the last three stay', () => {
  const room = { limit: 10_000, frame: 500 };
  expect(fitted(talk(9, 3_000), [], room)).toMatchObject({ edit: null });
  const edit = fitted(talk(10, 3_000), [], room);
  expect([whole(edit), edit.fits, edit.edit]).toEqual([
    '-----+++++',
    true,
    { turn: 11, results: 5, thoughts: 0, before: expect.any(Number), tokens: edit.tokens },
  ]);
  expect(edit.tokens).toBeLessThan(6_500);
  // The next turns change nothing of it, until it is full again.
  expect(whole(fitted(talk(11, 3_000), [], room))).toBe('-----++++++');
  expect(fitted(talk(11, 3_000), [], room).edit).toBeNull();
  expect(whole(fitted(talk(14, 3_000), [], room))).toBe('----------++++');
});

test('where that is not enough, the later ones as well; never what the model has not answered to', () => {
  const room = { limit: 5_000, frame: 0 };
  expect(whole(fitted(talk(3, 9_000), [], room))).toBe('--+');
  const long = fitted(talk(2, 30_000), [], room);
  expect([whole(long), long.fits]).toEqual(['-+', false]);
  expect(fitted(talk(1, 30_000), [], room)).toMatchObject({ fits: false, edit: null });
});

test('what stands for a result says how large it was, and keeps that it was a failure', () => {
  const messages = [...talk(4, 9_000)];
  messages[2] = { role: 'user', content: [{ ...(gave('c0', 9_000).content[0] as Block), is_error: true }] }; // there is one
  const [block] = fitted(messages, [], { limit: 8_000, frame: 0 }).messages[2]?.content ?? [];
  expect(block).toMatchObject({ type: 'tool_result', tool_use_id: 'c0', is_error: true });
  expect(JSON.stringify(block)).toMatch(/9\d{3} bytes with the digest [0-9a-f]{12}, was left out/);
});

test('what the API counted corrects the estimate', () => {
  const messages = talk(6, 3_000);
  const usual = fitted(messages, [], { limit: 10_000, frame: 0 });
  expect(fitted(messages, [0, 0, 0, 0, 0, usual.tokens], { limit: 10_000, frame: 0 }).tokens).toBeGreaterThan(
    usual.tokens,
  );
  const counted = [30, 3_100, 6_200, 9_300];
  expect(whole(fitted(talk(4, 3_000), counted, { limit: 10_000, frame: 0 }))).toBe('-+++');
});

test('thinking behind what was left out goes as well, that before it stays', () => {
  const messages = [QUESTION, called('a', 'first'), gave('a', 60), ...talk(9, 3_000, 'later').slice(1)];
  const { messages: sent, edit } = fitted(messages, [], { limit: 9_000, frame: 0 });
  const thoughts = sent.flatMap(({ content }) => content.filter(({ type }) => type === 'thinking'));
  expect([thoughts.map(({ thinking }) => thinking), edit?.thoughts]).toEqual([['first', 'later'], 8]);
});

test('images and PDFs count by what they are, not by their bytes', () => {
  const image = (bytes: number) => ({
    type: 'image',
    source: { type: 'base64', media_type: 'image/png', data: 'x'.repeat(bytes) },
  });
  expect(estimatedTokens([image(3_000_000)])).toBeLessThan(3_000);
  expect(estimatedTokens('x'.repeat(3_000))).toBe(1_000);
});

const TURN = fc.record({
  calls: fc.integer({ min: 0, max: 3 }),
  size: fc.integer({ min: 0, max: 9_000 }),
  said: fc.integer({ min: 0, max: 600 }),
  thought: fc.boolean(),
  counted: fc.integer({ min: 0, max: 6_000 }),
  paused: fc.boolean(),
});

/** Conversations as agents have them, with what the API counted. */
const CONVERSATION = fc.array(TURN, { minLength: 1, maxLength: 14 }).map((turns) => {
  const messages: Message[] = [QUESTION];
  for (const [n, { calls, size, said, thought, paused }] of turns.entries()) {
    const ids = Array.from({ length: paused ? 0 : calls }, (_, k) => `t${n}.${k}`);
    messages.push({
      role: 'assistant',
      content: [
        ...(thought ? [{ type: 'thinking', thinking: `${n}`.repeat(said), signature: 's' }] : []),
        ...(said > 0 ? [{ type: 'text', text: 'y'.repeat(said) }] : []),
        ...ids.map((id): Block => ({ type: 'tool_use', id, name: 'read', input: {} })),
      ],
    });
    if (!paused)
      messages.push({
        role: 'user',
        content: [
          { type: 'text', text: 'More.' },
          ...ids.map(
            (id): Block => ({
              type: 'tool_result',
              tool_use_id: id,
              content: [{ type: 'text', text: 'x'.repeat(size) }],
            }),
          ),
        ],
      });
  }
  return { messages, counted: turns.map(({ counted }) => (counted < 1_000 ? 0 : counted)) };
});
const ROOM = fc.record({ limit: fc.integer({ min: 200, max: 20_000 }), frame: fc.integer({ min: 0, max: 300 }) });

describe('of every conversation', () => {
  const check = (
    property: (
      messages: readonly Message[],
      counted: readonly number[],
      room: { limit: number; frame: number },
    ) => void,
  ) =>
    fc.assert(
      fc.property(CONVERSATION, ROOM, ({ messages, counted }, room) => property(messages, counted, room)),
      { numRuns: 300 },
    );

  test('the question, the calls and the last results are whole, and each call has its result', () =>
    check((messages, counted, room) => {
      const sent = fitted(messages, counted, room).messages;
      expect([sent.length, sent[0]]).toEqual([messages.length, QUESTION]);
      if (messages.at(-1)?.role === 'user') expect(sent.at(-1)).toEqual(messages.at(-1));
      const ids = (all: readonly Message[], type: string, key: string) =>
        all.flatMap(({ content }) => content.filter((one) => one.type === type).map((one) => one[key]));
      expect(ids(sent, 'tool_use', 'id')).toEqual(ids(messages, 'tool_use', 'id'));
      expect(ids(sent, 'tool_result', 'tool_use_id')).toEqual(ids(messages, 'tool_use', 'id'));
      expect(sent.every(({ content }) => content.length > 0 || messages.some((one) => one.content.length === 0))).toBe(
        true,
      );
    }));

  test('a turn sends what the turn before sent, and more, unless it edits', () =>
    check((messages, counted, room) => {
      let before: readonly Message[] = [];
      fitted(messages, counted, room, (sent, edit) => {
        if (edit === null) expect(sent.slice(0, before.length)).toEqual(before);
        before = sent;
      });
    }));

  test('no thinking stands behind another beginning than the one that it was thought in', () =>
    check((messages, counted, room) => {
      const prompts: (readonly Message[])[] = [];
      const { messages: sent } = fitted(messages, counted, room, (prompt) => prompts.push(prompt));
      for (const [at, { content }] of sent.entries())
        if (content.some(({ type }) => type === 'thinking'))
          expect(sent.slice(0, at)).toEqual(prompts.find(({ length }) => length === at));
    }));

  test('what fits fits, and what has room is left alone', () =>
    check((messages, counted, room) => {
      const { tokens, fits, messages: sent } = fitted(messages, counted, room);
      expect(fits).toBe(tokens <= room.limit);
      if (fitted(messages, counted, { ...room, limit: 1e9 }).tokens <= room.limit && counted.every((one) => one === 0))
        expect(sent).toEqual(messages);
    }));
});

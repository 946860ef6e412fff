/** An agent that is killed anywhere, and goes on in another process: nothing is paid twice, nothing is silently done twice. */
import { expect, test } from 'vitest';
import type { JsonObject } from '../../../src/core/json.ts';
import { runAgent } from '../../../src/steps/claude/agent.ts';
import type { AgentEnd } from '../../../src/steps/claude/agent-types.ts';
import type { Conversation, ModelAnswer } from '../../../src/steps/claude/conversation.ts';
import { sessionName } from '../../../src/steps/claude/transcript-writer.ts';
import { calls, jobOf, lastHeard, memorySessions, noting, portsOf, says, scripted, text, tool } from './scripted.ts';

class Killed extends Error {}

/** The answers of the model by how many it has given in this conversation. */
const ANSWERS: readonly ModelAnswer[] = [
  calls(['a', 'look'], ['b', 'act'], ['c', 'look']),
  says('Searching', 'pause_turn'),
  calls(['d', 'act'], ['e', 'act']),
  says('Not good enough.'),
  says('Done.'),
];

/** What survives a kill, and what happened in the world. */
function makeWorld() {
  const world = {
    sessions: memorySessions(),
    news: [] as JsonObject[],
    paid: [] as number[],
    done: [] as string[],
    /** Steps until the process is killed. */
    left: Number.POSITIVE_INFINITY,
    step(): void {
      if (world.left-- <= 0) throw new Killed();
    },
  };
  return world;
}

type World = ReturnType<typeof makeWorld>;

async function live(world: World): Promise<AgentEnd | null> {
  const tools = [
    tool('look', 'looks', () => (world.step(), 'seen')),
    tool('act', 'acts', () => {
      world.step();
      world.done.push('act');
      world.step();
      return `acted, ${world.done.length}`;
    }),
  ];
  const model = {
    async ask({ messages }: Conversation): Promise<ModelAnswer> {
      world.step();
      const turn = messages.filter(({ role }) => role === 'assistant').length;
      world.paid.push(turn);
      world.step();
      return ANSWERS[turn] ?? says('Too much.');
    },
  };
  const open = world.sessions.open;
  const sessions = {
    async open(name: string) {
      const opened = await open(name);
      if (!opened.ok) return opened;
      return {
        ok: true as const,
        value: {
          ...opened.value,
          append: async (lines: readonly JsonObject[]) => {
            world.step();
            const fault = await opened.value.append(lines);
            world.step();
            return fault;
          },
        },
      };
    },
  };
  const note = async (news: JsonObject): Promise<boolean> => {
    world.step();
    world.news.push(JSON.parse(JSON.stringify(news)) as JsonObject); // as a journal keeps it
    world.step();
    return true;
  };
  const check = (_: unknown, repairs: number): string | null => (repairs === 0 ? 'Better, please.' : null);
  const { context } = noting({ note }, [...world.news]);
  try {
    return await runAgent(jobOf(tools, { check }), portsOf(model, { sessions }), context);
  } catch (error) {
    if (error instanceof Killed) return null;
    throw error;
  }
}

/** All that the model was told, in the end. */
function toldIn(world: World): string {
  return JSON.stringify([...world.sessions.kept.values()]);
}

test('killed once at every point, it comes to the same answer', async () => {
  const whole = makeWorld();
  whole.left = 1_000_000;
  expect(await live(whole)).toMatchObject({ kind: 'answered', content: [text('Done.')], turns: 5 });
  const steps = 1_000_000 - whole.left;
  expect(steps).toBeGreaterThan(40);
  for (let at = 0; at < steps; at++) {
    const world = makeWorld();
    world.left = at;
    expect(await live(world)).toBeNull();
    const [paidBefore, doneBefore] = [world.paid.length, world.done.length];
    world.left = Number.POSITIVE_INFINITY;
    expect([at, await live(world)]).toMatchObject([at, { kind: 'answered', content: [text('Done.')] }]);
    // An answer that came and was not yet kept when it died is the one thing that is paid again.
    expect(world.paid.length).toBeLessThanOrEqual(ANSWERS.length + 1);
    expect(world.paid.slice(paidBefore)).toEqual(world.paid.slice(paidBefore).toSorted((a, b) => a - b));
    const isTold = toldIn(world).includes('begun and then interrupted');
    expect([at, world.done.length, isTold]).toEqual([at, isTold ? world.done.length : 3, isTold]);
    expect(world.done.length).toBeLessThanOrEqual(3);
    expect(doneBefore).toBeLessThanOrEqual(3);
    const noted = world.news.flatMap(({ kind, call }) => (kind === 'tool-ended' ? [String(call)] : []));
    expect([at, noted.toSorted((a, b) => a.localeCompare(b))]).toEqual([at, ['a', 'b', 'c', 'd', 'e']]);
  }
});

test('killed again and again, it still comes to an end', async () => {
  for (let every = 6; every < 30; every++) {
    const world = makeWorld();
    let end: AgentEnd | null = null;
    for (let lives = 0; end === null && lives < 60; lives++) {
      world.left = every;
      end = await live(world);
    }
    expect([every, end]).toMatchObject([every, { kind: 'answered', content: [text('Done.')] }]);
    expect(world.done.length).toBeLessThanOrEqual(3);
  }
});

test('what was answered is not asked again after a crash, and is after a try that was not enough', async () => {
  const sessions = memorySessions();
  const first = noting();
  await runAgent(jobOf(), portsOf(scripted(says('One.')), { sessions }), first.context);
  const again = noting({ attempt: 2 }, first.news);
  expect(await runAgent(jobOf(), portsOf(scripted(), { sessions }), again.context)).toMatchObject({
    kind: 'answered',
    content: [text('One.')],
  });
  const news = [...first.news, { kind: 'attempt-ended', outcome: 'succeeded' }];
  const model = scripted(says('Two.'));
  expect(await runAgent(jobOf(), portsOf(model, { sessions }), noting({ attempt: 3 }, news).context)).toMatchObject({
    kind: 'answered',
    content: [text('Two.')],
  });
  expect(lastHeard(model)).toEqual([text('Do it.')]);
});

test('after a failure that no further turn could mend, another try begins anew', async () => {
  const sessions = memorySessions();
  const first = noting();
  await runAgent(jobOf(), portsOf(scripted(says('No.', 'refusal')), { sessions }), first.context);
  const model = scripted(says('Well then.'));
  const second = noting({ attempt: 2 }, [...first.news, { kind: 'attempt-ended', outcome: 'failed' }]);
  expect(await runAgent(jobOf(), portsOf(model, { sessions }), second.context)).toMatchObject({
    kind: 'answered',
    turns: 1,
  });
  expect(sessions.kept.size).toBe(2);
});

test('a conversation that is shorter than the journal says is lost, and nothing is done', async () => {
  const look = tool('look', 'looks', () => 'seen');
  const { context, news } = noting();
  const sessions = memorySessions();
  await runAgent(jobOf([look]), portsOf(scripted(calls(['a', 'look']), says('Done.')), { sessions }), context);
  const kept = news.slice(0, 3);
  const [name = '', lines = []] = [...sessions.kept][0] ?? [];
  for (const left of [[], lines.slice(0, 2), [{ kind: 'turn-ended', no: 'message' }, { kind: 'unknown' }]]) {
    const other = memorySessions();
    other.kept.set(name, left);
    const end = await runAgent(jobOf([look]), portsOf(scripted(), { sessions: other }), noting({}, kept).context);
    expect(end).toMatchObject({ kind: 'failed', error: { code: 'STEP_SESSION_LOST', retryable: false } });
  }
});

test('news that are none are passed over', async () => {
  const news = [
    null,
    3,
    { kind: 'turn-ended' },
    { kind: 'turn-ended', session: '../../etc', messages: 'x' },
    { kind: 'session-began', session: 7 },
  ];
  const { context } = noting({}, news as unknown as JsonObject[]); // as a damaged journal may hold them
  expect(await runAgent(jobOf(), portsOf(scripted(says('Done.'))), context)).toMatchObject({ kind: 'answered' });
});

test('the name of a session is a plain file name, and that of no other step', () => {
  const names = ['r1/a b/1', 'r1/a/b/1', 'r1/a-b/1', `r1/${'x'.repeat(300)}/1`, 'r1/../..//etc/1'].map((key) =>
    sessionName(key, 1),
  );
  for (const name of names) expect(name).toMatch(/^[A-Za-z0-9][A-Za-z0-9._-]{0,120}$/);
  expect(new Set(names).size).toBe(names.length);
});

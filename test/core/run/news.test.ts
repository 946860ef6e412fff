import { expect, test } from 'vitest';
import type { Json } from '../../../src/core/json.ts';
import { action, plan } from './plans.ts';
import { opOf, World } from './world.ts';

const ONCE_MORE = { attempts: 2, delayMs: 0, backoff: 'constant', factor: 1 } as const;
const STEP = plan([action('a', { retry: ONCE_MORE })]);
const FAIL = { outcome: 'failed' } as const;

function note(world: World, data: Json, op = opOf(world, 'a')): void {
  world.apply({ type: 'attempt.noted', node: 'a', op, data });
}
const newsOf = (world: World): unknown =>
  world.started.findLast((work) => work.kind === 'attempt' && work.node === 'a' && 'news' in work) ?? null;

test('an attempt that was cut off hands its news to the next', () => {
  const world = new World(STEP).rest();
  expect(world.started).toEqual([expect.not.objectContaining({ news: expect.anything() })]);
  note(world, { kind: 'turn', turn: 1 });
  note(world, { kind: 'turn', turn: 2 });
  world.crash().rest();
  expect(newsOf(world)).toMatchObject({ attempt: 2, news: [{ turn: 1 }, { turn: 2 }] });
});

test('and so does one that failed to its retry, which sees that it came to its end', () => {
  const world = new World(STEP).rest();
  note(world, { kind: 'turn', turn: 1 });
  world.end('a', FAIL);
  const end = { kind: 'attempt-ended', outcome: 'failed' };
  expect(newsOf(world)).toMatchObject({ attempt: 2, news: [{ turn: 1 }, end] });
});

test('a step that is done anew begins without them', () => {
  const world = new World(plan([action('a')])).rest();
  note(world, { kind: 'turn', turn: 1 });
  world.end('a', FAIL);
  world.resume().rest();
  expect(world.started.at(-1)).toMatchObject({ kind: 'attempt', attempt: 2 });
  expect(newsOf(world)).toBeNull();
});

test.each([[null], ['text'], [['list']]])('what is no map (%j) is left alone', (data) => {
  const world = new World(STEP).rest();
  note(world, data);
  world.crash().rest();
  expect(newsOf(world)).toBeNull();
});

test('news of what is over change nothing', () => {
  const world = new World(STEP).rest();
  const op = opOf(world, 'a');
  world.end('a', FAIL);
  note(world, { kind: 'turn' }, op);
  note(world, { kind: 'turn' }, 99);
  world.crash().rest();
  expect(newsOf(world)).toBeNull();
});

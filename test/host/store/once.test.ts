/** Keys of what is done once: held like locks, decided by journals, and kept when a run is removed. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ClaimAnswer, JournalWriter } from '../../../src/core/ports.ts';
import type { RunEvent } from '../../../src/core/run/event.ts';
import { type Claims, createClaims } from '../../../src/host/store/file/claims.ts';
import type { FileStore } from '../../../src/host/store/file/file-store.ts';
import { createOnceClaims, type OnceClaims } from '../../../src/host/store/file/once-claims.ts';
import { storeIn, temporaryFolder, value } from './folder.ts';

let folder: string;
let store: FileStore;
const names: Claims[] = [];
const writers: JournalWriter[] = [];
beforeEach(() => {
  folder = temporaryFolder();
  store = storeIn(folder);
});
afterEach(async () => {
  for (const one of names.splice(0)) one.close();
  for (const writer of writers.splice(0)) await writer.close();
});

const file = (): string => {
  const [name = ''] = readdirSync(join(folder, '.giga', 'once'));
  return join(folder, '.giga', 'once', name);
};
const record = (): unknown => JSON.parse(readFileSync(file(), 'utf8'));

const CREATED: RunEvent = {
  type: 'run.created',
  run: 'r1',
  plan: 'p',
  inputs: {},
  trigger: 'cli',
  workflow: { name: 'w', file: 'w.yaml' },
};
const CLAIMED: RunEvent = { type: 'claim.started', node: 'pay', op: 1, of: 'once', name: 'k' };
const STARTED: RunEvent = { type: 'attempt.started', node: 'pay', op: 2, attempt: 1, fingerprint: 'f' };
const ENDED: RunEvent = {
  type: 'attempt.ended',
  node: 'pay',
  op: 2,
  outcome: 'succeeded',
  outputs: { id: 7 },
  durationMs: 1,
};
const FAILED: RunEvent = { type: 'attempt.ended', node: 'pay', op: 2, outcome: 'failed', durationMs: 1 };
const SETTLED: RunEvent = { type: 'step.settled', node: 'pay', result: 'succeeded', cause: { kind: 'attempt' } };
const UNDONE: RunEvent = {
  type: 'scope.closed',
  node: 'on-failure/u',
  slot: 0,
  result: 'succeeded',
  outputs: {},
  undone: 'pay',
};

/** A run with what its journal says; living, or ended like one that was killed. */
async function runWith(id: string, events: readonly RunEvent[], lives = false): Promise<void> {
  const writer = value(await store.create(id));
  const said = writer.append([CREATED, ...events]);
  await writer.synced(said.length - 1);
  if (lives) writers.push(writer);
  else await writer.close();
}

function claimsOf(run: string): OnceClaims {
  const claims = createClaims({ layout: store.layout, run, cancelRun: () => {} });
  names.push(claims);
  return createOnceClaims(claims, store.once, { run, clock: { wallMs: () => 5 } });
}
interface Asked {
  readonly answer: Promise<ClaimAnswer | null>;
  readonly heard: unknown[];
  readonly stop: AbortController;
}
function ask(claims: OnceClaims, op = 1, name = 'k'): Asked {
  const heard: unknown[] = [];
  const stop = new AbortController();
  const work = { kind: 'claim', node: 'pay', op, of: 'once', name, onConflict: 'queue' } as const;
  return { answer: claims.take(work, stop.signal, (news) => heard.push(news)), heard, stop };
}
/** A run means to do it, and its process is gone. */
async function intend(run: string): Promise<void> {
  const claims = claimsOf(run);
  expect(await ask(claims).answer).toEqual({});
  names.pop()?.close();
}

describe('a key', () => {
  test('is an intent on disk before it is had, and done with its outputs when that is told', async () => {
    const claims = claimsOf('r1');
    expect(await ask(claims).answer).toEqual({});
    expect(record()).toEqual({ key: 'k', run: 'r1', node: 'pay', startedAt: 5 });
    claims.release(1, { run: 'r1', node: 'pay', endedAt: 9, outputs: { id: 7 } });
    await claims.flushed();
    expect(record()).toEqual({ key: 'k', run: 'r1', node: 'pay', endedAt: 9, outputs: { id: 7 } });
    const done = { run: 'r1', node: 'pay', endedAt: 9, outputs: { id: 7 } };
    expect(await ask(claimsOf('r2')).answer).toEqual({ done });
    expect(store.once.doneBefore('k')).toEqual(done);
    expect(store.once.doneBefore('other')).toBeNull();
  });

  test('is had by one at a time, and the next hears what became of it', async () => {
    const [one, two] = [claimsOf('r1'), claimsOf('r2')];
    await ask(one).answer;
    const waits = ask(two);
    one.release(1, { run: 'r1', node: 'pay', endedAt: 9, outputs: {} });
    expect(await waits.answer).toMatchObject({ done: { run: 'r1' } });
    expect(waits.heard[0]).toMatchObject({ run: 'r1', node: 'pay' });
  });

  test('that was had and told nothing of is decided by the journal', async () => {
    const TABLE: readonly (readonly [events: readonly RunEvent[], answer: object])[] = [
      [[CLAIMED], {}],
      [[CLAIMED, STARTED, FAILED], {}],
      [[CLAIMED, STARTED, ENDED, SETTLED], { done: { run: 'r1', outputs: { id: 7 } } }],
      [[CLAIMED, STARTED, ENDED, SETTLED, UNDONE], {}],
      [[CLAIMED, STARTED], { error: { code: 'STEP_ONCE_IN_DOUBT' } }],
      [[CLAIMED, STARTED, ENDED], { error: { code: 'STEP_ONCE_IN_DOUBT' } }],
    ];
    for (const [events, answer] of TABLE) {
      folder = temporaryFolder();
      store = storeIn(folder);
      await runWith('r1', events);
      await intend('r1');
      const got = await ask(claimsOf('r2')).answer;
      expect(got).toMatchObject(answer);
      expect(Object.keys(got ?? {})).toEqual(Object.keys(answer));
      expect(record()).toMatchObject({ run: Object.keys(answer).length === 0 ? 'r2' : 'r1' });
    }
  });

  test('of a success that was undone is free, also where the record says done', async () => {
    await runWith('r1', [CLAIMED, STARTED, ENDED, SETTLED, UNDONE]);
    await store.once.done('k', { run: 'r1', node: 'pay', endedAt: 9, outputs: {} });
    expect(await ask(claimsOf('r2')).answer).toEqual({});
  });

  test('is done where the record says so, though the journal lost its end with the power', async () => {
    await runWith('r1', [CLAIMED, STARTED]);
    await store.once.done('k', { run: 'r1', node: 'pay', endedAt: 9, outputs: {} });
    expect(await ask(claimsOf('r2')).answer).toMatchObject({ done: { run: 'r1' } });
  });

  test('is had again by the run that was cut off', async () => {
    await runWith('r1', [CLAIMED, STARTED]);
    await intend('r1');
    expect(await ask(claimsOf('r1')).answer).toEqual({});
  });

  test('is not done twice by one run either', async () => {
    await runWith('r1', [CLAIMED, STARTED, ENDED, SETTLED], true);
    await intend('r1');
    expect(await ask(claimsOf('r1')).answer).toMatchObject({ done: { run: 'r1', node: 'pay' } });
  });

  test('of a living run is waited for, and that can be given up', async () => {
    await runWith('r1', [CLAIMED, STARTED], true);
    await intend('r1');
    const waits = ask(claimsOf('r2'));
    const after = ask(claimsOf('r3'));
    await expect.poll(() => waits.heard.length).toBeGreaterThan(0);
    expect(waits.heard).toContainEqual({ run: 'r1', node: 'pay' });
    waits.stop.abort();
    expect(await waits.answer).toBeNull();
    writers[0]?.append([ENDED, SETTLED]);
    expect(await after.answer).toMatchObject({ done: { run: 'r1' } });
  });

  test('says in doubt which run decides, and of one that is gone which file', async () => {
    await runWith('r1', [CLAIMED, STARTED]);
    await intend('r1');
    const cutOff = await ask(claimsOf('r2')).answer;
    expect(cutOff?.error?.message).toBe('Run r1 began `pay` under the key "k", and nothing says whether it succeeded.');
    expect(cutOff?.error?.hint).toMatch(/^`giga resume r1` decides it/);
    value(await store.remove('r1'));
    const gone = await ask(claimsOf('r3')).answer;
    expect(gone?.error?.hint).toContain('remove `once/');
  });

  test('of which the record is no record is in doubt', async () => {
    await store.once.done('k', { run: 'r1', node: 'pay', endedAt: 9, outputs: {} });
    for (const text of ['', '{', '[]', '{"key":"other","run":"r1","node":"a"}']) {
      writeFileSync(file(), text);
      expect((await ask(claimsOf('r2')).answer)?.error?.code).toBe('STEP_ONCE_IN_DOUBT');
    }
  });

  test('whose outputs nest deeper than anything that is written down is done, without them', async () => {
    await store.once.done('k', { run: 'r1', node: 'pay', endedAt: 9, outputs: {} });
    const nested = '['.repeat(20_000) + ']'.repeat(20_000);
    writeFileSync(file(), `{"key":"k","run":"r1","node":"pay","endedAt":9,"outputs":{"a":${nested}}}`);
    expect(store.once.doneBefore('k')).toEqual({ run: 'r1', node: 'pay', endedAt: 9 });
  });

  test('keeps small outputs only', async () => {
    await store.once.done('k', { run: 'r1', node: 'pay', endedAt: 9, outputs: { text: 'x'.repeat(65_536) } });
    expect(record()).toEqual({ key: 'k', run: 'r1', node: 'pay', endedAt: 9 });
  });

  test('that cannot be written is asked for again, and the problem told', async () => {
    mkdirSync(join(folder, '.giga'), { recursive: true });
    writeFileSync(join(folder, '.giga', 'once'), 'no folder');
    const asked = ask(claimsOf('r1'));
    await expect.poll(() => asked.heard).toContainEqual({ problem: expect.stringMatching(/^E/) });
    asked.stop.abort();
    expect(await asked.answer).toBeNull();
  });
});

describe('the removal of a run', () => {
  const removal = async (events: readonly RunEvent[]): Promise<void> => {
    await runWith('r1', events);
    await intend('r1');
    value(await store.remove('r1'));
  };

  test('keeps what it has done, with the outputs', async () => {
    await removal([CLAIMED, STARTED, ENDED, SETTLED]);
    expect(record()).toMatchObject({ run: 'r1', outputs: { id: 7 } });
    expect(await ask(claimsOf('r2')).answer).toMatchObject({ done: { run: 'r1' } });
  });

  test('frees what it has not', async () => {
    await removal([CLAIMED, STARTED, FAILED]);
    expect(existsSync(join(folder, '.giga', 'once')) && readdirSync(join(folder, '.giga', 'once'))).toEqual([]);
  });

  test('leaves what is in doubt as it is, and the keys of others alone', async () => {
    await store.once.done('other', { run: 'r0', node: 'a', endedAt: 1, outputs: {} });
    await removal([CLAIMED, STARTED]);
    expect(store.once.keysOf('r1')).toEqual(['k']);
    expect(store.once.keysOf('r0')).toEqual(['other']);
  });
});

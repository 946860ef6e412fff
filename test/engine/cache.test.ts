/** What the engine makes of a cache: of its answers, of what it throws, and of a stop that comes first. */
import { expect, test } from 'vitest';
import type { ArtifactKeeper, CacheAnswer, StepCache } from '../../src/core/ports.ts';
import type { CacheWork } from '../../src/core/run/effect.ts';
import { performCache } from '../../src/engine/perform-cache.ts';
import { createMask, NO_MASK } from '../../src/host/mask/mask.ts';
import { contextFor } from '../steps/context.ts';

const { work: attempt, run } = contextFor('/w', { node: 'a' });
const asked = { request: { inputs: [], outputs: [], key: null, env: [], ttlMs: null }, of: '', parts: {} };
const work: CacheWork = {
  kind: 'cache',
  node: 'a',
  op: 7,
  ask: 'restore',
  anew: false,
  file: 'w',
  cache: asked,
  attempt,
};
const HIT = { key: 'k', run: 'r', step: 's', endedAt: 1, durationMs: 1, outputs: { v: 'pin 4711' } };
const artifacts: ArtifactKeeper = { keep: async () => ({ ok: true, artifacts: [], warnings: [] }) };
const none: ArtifactKeeper = {
  keep: async () => ({ ok: false, error: { code: 'RUN_BUG', severity: 'error', message: '' } }),
};

function perform(
  answer: () => Promise<CacheAnswer | null>,
  more: object = {},
  given = work,
  signal = new AbortController().signal,
) {
  const cache: StepCache = { restore: answer, save: answer };
  return performCache({ cache, artifacts, mask: NO_MASK, run, ...more }, given, signal);
}

test('an answer is told of the step that asked', async () => {
  expect(await perform(async () => ({ key: 'k', why: ['x'] }))).toEqual({
    type: 'cache.ended',
    node: 'a',
    op: 7,
    key: 'k',
    why: ['x'],
  });
});

test('without a cache nothing is there; one that throws is none', async () => {
  expect(await perform(async () => ({ hit: HIT }), { cache: undefined })).toEqual({
    type: 'cache.ended',
    node: 'a',
    op: 7,
  });
  expect(await perform(() => Promise.reject(new Error('bug')))).toMatchObject({ why: ['the cache failed: bug'] });
});

test('a stop leaves the question open', async () => {
  const stop = new AbortController();
  const answer = async (): Promise<CacheAnswer> => {
    stop.abort();
    return { hit: HIT };
  };
  expect(await perform(answer, {}, work, stop.signal)).toBeNull();
  expect(await perform(answer, {}, work, AbortSignal.abort())).toBeNull();
});

test('what is a secret now is hidden in what was kept before', async () => {
  const event = await perform(async () => ({ hit: HIT, why: ['4711'] }), { mask: createMask(['4711']) });
  expect(JSON.stringify(event)).not.toContain('4711');
});

test('the artifacts of a result are kept with this run, or it is none', async () => {
  const wanted: CacheWork = { ...work, attempt: { ...attempt, artifacts: { paths: ['x'], ifNone: 'fail' } } };
  const answer = async (): Promise<CacheAnswer> => ({ key: 'k', hit: HIT });
  expect(await perform(answer, {}, wanted)).toMatchObject({ hit: { outputs: { v: 'pin 4711', artifacts: [] } } });
  const missed = await perform(answer, { artifacts: none }, wanted);
  expect(missed).toMatchObject({ key: 'k', why: ['its artifacts are not among the files that were put back'] });
  expect(missed?.hit).toBeUndefined();
});

/** Planted bugs of the kind that only a killed run shows: one line of the core is changed, and a proof must fail. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { afterAll, expect, test } from 'vitest';
import { planHash } from '../../src/core/plan/plan.ts';
import type { prove } from '../../src/sim/prove.ts';
import type { Script } from '../../src/sim/simulate.ts';
import { action, plain, plan, wait } from '../core/run/plans.ts';

interface Mutant {
  readonly bug: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const MUTANTS: readonly Mutant[] = [
  {
    bug: 'a timer is forgotten with the process that set it',
    file: 'operations.ts',
    from: "if (open.kind === 'timer') effects.push",
    to: "if (open.kind === 'wait') effects.push",
  },
  {
    bug: 'what was cut off has failed',
    file: 'operations.ts',
    from: '  else node.interruptions++;',
    to: '  else node.failures++;',
  },
  {
    bug: 'what was cut off keeps its place',
    file: 'operations.ts',
    from: '      run.running--;\n      interrupt(run, node);',
    to: '      interrupt(run, node);',
  },
  {
    bug: 'locks are not asked for again',
    file: 'evolve.ts',
    from: 'return [...pendingWork(run), ...reopenClaims(run)];',
    to: 'reopenClaims(run); return pendingWork(run);',
  },
];

const folder = mkdtempSync(join(tmpdir(), 'giga-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const LOCK = { of: 'lock', name: plain('db') } as const;
const RETRY = { attempts: 2, delayMs: 0, backoff: 'constant', factor: 1 } as const;
const PLAN = plan([action('a', { retry: RETRY }), wait('w', '1h'), action('b', { needs: [0], claim: LOCK })], {
  concurrency: 1,
});

/** The first attempt at `a` fails. */
const script = (before: Parameters<Parameters<typeof prove>[0]['script']>[0]): Script => {
  let ended = before.some((record) => record.type === 'attempt.ended' && record.node === 'a');
  return {
    attempt: ({ node }) => {
      const outcome = node === 'a' && !ended ? 'failed' : 'succeeded';
      ended ||= node === 'a';
      return { outcome, outputs: {}, takesMs: 1_000 };
    },
    wait: () => null,
    capture: () => ({ values: {} }),
  };
};

async function failuresWith(mutant: Mutant | null): Promise<number> {
  const out = join(folder, `${mutant === null ? 'none' : MUTANTS.indexOf(mutant)}.mjs`);
  let isPlanted = mutant === null;
  await build({
    entryPoints: ['src/sim/prove.ts'],
    outfile: out,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'silent',
    plugins: [
      {
        name: 'mutant',
        setup: ({ onLoad }) =>
          onLoad({ filter: /core[\\/]run[\\/]\w+\.ts$/ }, ({ path }) => {
            const text = readFileSync(path, 'utf8');
            if (mutant === null || !path.endsWith(mutant.file)) return { contents: text, loader: 'ts' };
            if (text.split(mutant.from).length !== 2) throw new Error(`\`${mutant.from}\` does not stand exactly once`);
            isPlanted = true;
            return { contents: text.replace(mutant.from, mutant.to), loader: 'ts' };
          }),
      },
    ],
  });
  if (!isPlanted) throw new Error('the bug was not planted');
  const built = (await import(pathToFileURL(out).href)) as { prove: typeof prove }; // what was just built
  const subject = { plan: PLAN, hash: planHash(PLAN), inputs: {}, script };
  return built.prove(subject, { most: null, seed: 1 }).failed;
}

test('nothing is found where nothing is planted', async () => {
  expect(await failuresWith(null)).toBe(0);
});

test.each(MUTANTS.map((mutant) => [mutant.bug, mutant] as const))('is found: %s', async (_bug, mutant) => {
  expect(await failuresWith(mutant)).toBeGreaterThan(0);
});

/**
 * Runs as released versions wrote them, folded for ever: the same records, the same nodes, the same story. What lies in
 * golden-runs is never changed; a folder without a journal gets one, and what it tells, by `GIGA_GOLDEN=1`.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { tellRun } from '../../../src/app/commands/run-history.ts';
import { parseSegments } from '../../../src/core/journal/parse.ts';
import type { Plan } from '../../../src/core/plan/plan.ts';
import type { Recorded } from '../../../src/core/run/event.ts';
import { fold } from '../../../src/core/run/fold.ts';
import { makeGoldenRun } from './make-golden-run.ts';
import { named } from './sample.ts';

const GOLDEN = join(import.meta.dirname, 'golden-runs');

function recordsOf(folder: string): readonly Recorded[] {
  const files = readdirSync(join(folder, 'journal'));
  const reading = parseSegments(
    files.map((file) => named(Number.parseInt(file, 10), readFileSync(join(folder, 'journal', file)))),
  );
  expect(reading.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return reading.records;
}

function plansOf(folder: string): ReadonlyMap<string, Plan> {
  const files = readdirSync(join(folder, 'plans'));
  return new Map(
    files.map((file) => [file.replace('.json', ''), JSON.parse(readFileSync(join(folder, 'plans', file), 'utf8'))]),
  );
}

/** What a run is, as far as anything outside of the fold may rest on it. */
function viewOf(folder: string): unknown {
  const records = recordsOf(folder);
  const run = fold({ plans: plansOf(folder) }, records);
  const nodes = [...run.byPath.values()].map(
    ({ path, state, result, cause, outputs, attempts, failures, interruptions }) => ({
      path,
      state,
      result,
      cause: cause?.kind ?? null,
      outputs,
      tries: [attempts, failures, interruptions],
    }),
  );
  const { status, verdict, outputs, counts, evidence, openings } = run;
  const story = tellRun(records);
  return JSON.parse(
    JSON.stringify({
      records: records.length,
      run: { status, verdict, outputs, counts, evidence, openings, open: [...run.ops.keys()] },
      nodes,
      story: story && { ...story, steps: [...story.steps.values()] },
    }),
  );
}

describe.each(readdirSync(GOLDEN))('the run %s', (name) => {
  const folder = join(GOLDEN, name);

  test('is what it was', async () => {
    if (process.env['GIGA_GOLDEN'] && !existsSync(join(folder, 'journal'))) await makeGoldenRun(folder);
    await expect(`${JSON.stringify(viewOf(folder), null, 1)}\n`).toMatchFileSnapshot(join(folder, 'view.json'));
  });
});

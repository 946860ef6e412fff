/** The journal of a run cut at random bytes: resume always completes, and what the cut journal still shows as finished never runs again. */
import { cpSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { IS_TORTURE, makeChance, makeWorkplace, SEED } from './giga.ts';

const CUTS = IS_TORTURE ? 1_000 : 40;

const WORKFLOW = `name: cut
steps:
  - id: a
    run: echo a >> done.txt; echo out-a
  - id: b
    set: { x: "\${{ steps.a.outputs.stdout }}" }
  - id: c
    parallel:
      - { id: p, run: echo p >> done.txt }
      - { id: q, run: echo q >> done.txt }
  - id: d
    if: steps.b.outputs.x == 'out-a'
    run: echo d >> done.txt
finally: [{ id: e, run: echo e >> done.txt }]
`;

interface Line {
  readonly type?: string;
  readonly node?: string;
  readonly outcome?: string;
}

test(`a journal cut at ${CUTS} random bytes (GIGA_SEED=${SEED})`, { timeout: 30 * 60_000 }, async () => {
  const chance = makeChance(SEED);
  console.log(`truncation: ${CUTS} cuts, GIGA_SEED=${SEED}`);
  const place = makeWorkplace();
  place.write('t.yaml', WORKFLOW);
  expect(await place.run('run', 't.yaml')).toMatchObject({ code: 0 });
  const state = join(place.folder, '.giga');
  const [run] = readdirSync(join(state, 'runs'));
  const segment = join('runs', run ?? '', 'journal', '1.jsonl');
  const whole = readFileSync(join(state, segment));
  cpSync(state, join(place.folder, 'saved'), { recursive: true });
  const begun = whole.indexOf(10, whole.indexOf(10) + 1) + 1; // behind the header and `run.created`: before, there is no run
  for (let i = 0; i < CUTS; i++) {
    const at = begun + chance(whole.length - begun);
    rmSync(state, { recursive: true });
    cpSync(join(place.folder, 'saved'), state, { recursive: true });
    truncateSync(join(state, segment), at);
    const left = whole
      .subarray(0, at)
      .toString()
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line.slice(9)) as Line);
    const finished = left
      .filter((e) => e.type === 'attempt.ended' && e.outcome === 'succeeded')
      .map((e) => e.node?.split('/').at(-1));
    const ended = left.some((e) => e.type === 'run.finished');
    writeFileSync(join(place.folder, 'done.txt'), '');
    const resumed = await place.run('resume');
    expect(resumed, `cut at byte ${at}`).toMatchObject({ code: 0 });
    const ran = readFileSync(join(place.folder, 'done.txt'), 'utf8').split('\n').filter(Boolean);
    expect(
      ran.filter((step) => finished.includes(step)),
      `cut at byte ${at}: ran again`,
    ).toEqual([]);
    const expected = ended ? [] : ['a', 'p', 'q', 'd', 'e'].filter((step) => !finished.includes(step));
    expect([...ran].toSorted(), `cut at byte ${at}: ran`).toEqual([...expected].toSorted());
  }
  place.remove();
});

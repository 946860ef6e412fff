/** Batches of the real command, which is killed: also between the making of a batch and the note of its name. */
import { afterEach, expect, it } from 'vitest';
import type { Workplace } from '../cli/giga.ts';
import { type BatchServer, type BatchServerOptions, batchServer, type MadeBatch } from '../host/claude/batch-server.ts';
import { eventsOf, inPlace, isClear, outputsOf, start, until } from './place.ts';

let server: BatchServer | null = null;
afterEach(async () => {
  await server?.close();
  server = null;
});

async function inProject(options: BatchServerOptions, use: (place: Workplace, server: BatchServer) => Promise<void>) {
  const one = await batchServer(options);
  server = one;
  await inPlace((place) => use(place, one), { ANTHROPIC_API_KEY: 'sk-ant-0123', ANTHROPIC_BASE_URL: one.url });
}

const W = `concurrency: 100
steps:
  ask:
    for-each: { items: '\${{ range(12) }}' }
    claude: { prompt: 'Number \${{ item }}.', model: claude-sonnet-5-5, max-tokens: 100, batch: auto }
outputs: { texts: '\${{ map(steps.ask.outputs, x => x.text) }}' }
`;
const MANY = { texts: Array<string>(12).fill('many') };

/** A batch of so many calls that somebody else has made with the same key. */
function ofOthers(batch: MadeBatch): MadeBatch {
  const requests = batch.requests.map((one, index) => ({ ...one, custom_id: `other-${index}` }));
  return { ...batch, id: 'msgbatch_others', requests, hasEnded: true };
}

it('a kill -9 while a batch is done loses nothing: the resume fetches it, and pays for nothing twice', () =>
  inProject({ looks: null }, async (place, { made, singles }) => {
    place.put('w.yaml', W);
    const run = start(place, 'run', 'w.yaml');
    await until(() => (made[0]?.looks ?? 0) > 0);
    run.child.kill('SIGKILL');
    await run.ended;
    if (made[0] !== undefined) made[0].hasEnded = true;
    const resumed = await place.giga('resume', '--json');
    expect([resumed.code, outputsOf(resumed), made.length, singles.length]).toEqual([0, MANY, 1, 0]);
    const [shown] = eventsOf(await place.giga('runs', 'show', '--json'));
    expect(shown?.cost).toMatchObject({ calls: 12, usd: 0.000_42 });
    isClear(resumed);
  }));

it('a kill -9 after a batch was made and before its name was on disk: it is found again, and not that of others', () =>
  inProject({ created: () => ({ hangs: true }) }, async (place, { made, singles }) => {
    place.put('w.yaml', W);
    const run = start(place, 'run', 'w.yaml');
    await until(() => made.length === 1);
    run.child.kill('SIGKILL');
    await run.ended;
    made.push(...made.map(ofOthers)); // listed first
    const resumed = await place.giga('resume', '--json');
    expect([resumed.code, outputsOf(resumed), made.length, singles.length]).toEqual([0, MANY, 2, 0]);
    const [shown] = eventsOf(await place.giga('runs', 'show', '--json'));
    expect(shown?.cost).toMatchObject({ calls: 12, usd: 0.000_42 });
  }));

it('a kill -9 before a batch was made: the resume makes it, and what was lost may have been paid for', () =>
  inProject(
    {
      before: ({ body }, { made }) =>
        made.length === 0 && isLost && Array.isArray(body.requests) ? lose() : undefined,
    },
    async (place, { made }) => {
      place.put('w.yaml', W);
      isLost = true;
      const run = start(place, 'run', 'w.yaml');
      await until(() => !isLost);
      run.child.kill('SIGKILL');
      await run.ended;
      const resumed = await place.giga('resume', '--json');
      expect([resumed.code, outputsOf(resumed), made.length]).toEqual([0, MANY, 1]);
      const [shown] = eventsOf(await place.giga('runs', 'show', '--json'));
      expect(shown?.cost).toMatchObject({ calls: 24 });
    },
  ));

let isLost = false;
function lose() {
  isLost = false;
  return { hangs: true } as const;
}

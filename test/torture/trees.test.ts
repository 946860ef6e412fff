/** Trees of processes that do not want to end: what giga stops is gone, what it cannot see is known by its marks, and a resume ends what a killed giga left. */
import { existsSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeWorkplace, type Workplace } from './giga.ts';
import { endSurvivors, survivorsOf } from './survivors.ts';

let place: Workplace;
beforeEach(() => {
  place = makeWorkplace();
});
afterEach(() => {
  endSurvivors(place); // daemons, which nobody but a resume ends
  place.remove();
});

const IN = 'echo in >> "$MARKS"';
/** Each begins to work, says so, and would go on for ten minutes. */
const TREES: Readonly<Record<string, string>> = {
  'ignores TERM': `trap "" TERM; ${IN}; while true; do sleep 0.1; done`,
  'has children that ignore TERM': `(trap "" TERM; while true; do sleep 0.1; done) & (trap "" TERM; sleep 600) & ${IN}; wait`,
  'holds the output open': `sleep 600 & sleep 600 & ${IN}; sleep 600`,
  'is a pipeline': `${IN}; yes | sleep 600 | cat`,
  'starts processes without end': `${IN}; n=0; while [ $n -lt 40 ]; do (sleep 600) & n=$((n + 1)); done; wait`,
};
/** These leave the group of the step, as daemons do. */
const DAEMONS: Readonly<Record<string, string>> = {
  'a session of its own': `setsid sh -c 'trap "" TERM; while true; do sleep 0.1; done' & ${IN}; wait`,
  'forked twice': `(setsid sleep 600 < /dev/null > /dev/null 2>&1 &) ; ${IN}; sleep 600`,
};

const workflow = (script: string, more = ''): string =>
  `steps:\n  a:\n    run: |\n      [ ! -e go ] || exit 0\n      ${script}\n    grace: 200ms\n${more}  b: { needs: a, run: 'echo b >> "$MARKS"' }\n`;

/** Without `/proc` nobody finds whom a killed giga left. */
const hasProc = existsSync('/proc/self/environ');
if (!hasProc) console.log('SKIPPED: trees of processes, since there is no /proc here');

describe.skipIf(!hasProc).each(Object.entries({ ...TREES, ...DAEMONS }))('a step that %s', (name, script) => {
  const isDaemon = name in DAEMONS;

  test('is gone after a signal, and after a time limit', async () => {
    for (const how of ['signal', 'timeout']) {
      place.write('t.yaml', workflow(script, how === 'timeout' ? '    timeout: 400ms\n' : ''));
      const started = place.start('run', 't.yaml');
      await place.marked(how === 'signal' ? 1 : 2, started);
      if (how === 'signal') started.child.kill('SIGTERM');
      expect(await started.finished).toMatchObject({ code: how === 'signal' ? 143 : 1, signal: null });
      if (!isDaemon) expect(await survivorsOf(place, 2_000), how).toEqual([]);
    }
  });

  test('is ended by the resume where giga was killed, before anything else begins', async () => {
    place.write('t.yaml', workflow(script));
    const started = place.start('run', 't.yaml');
    await place.marked(1, started);
    started.child.kill('SIGKILL');
    await started.finished;
    place.write('go', '');
    expect(await place.run('resume')).toMatchObject({ code: 0 });
    expect(await survivorsOf(place, 2_000)).toEqual([]);
    expect(place.lines()).toEqual(['in', 'b']);
  });
});

test.skipIf(!hasProc)('what a step leaves behind when it ends well is ended, and named', async () => {
  place.write('t.yaml', workflow('(trap "" TERM; sleep 600) & sleep 600 & echo through'));
  const end = await place.run('run', 't.yaml');
  expect(end).toMatchObject({ code: 0, stderr: expect.stringMatching(/sleep/) });
  expect(await survivorsOf(place, 3_000)).toEqual([]);
});

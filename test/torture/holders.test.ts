/** Two who want one run: whoever stood still is shut out when it wakes, one of two resumes wins, and the other says who has the run. */

import { afterEach, beforeEach, expect, test } from 'vitest';
import { IS_TORTURE, makeWorkplace, type Workplace } from './giga.ts';
import { leaveClean } from './survivors.ts';

const ROUNDS = IS_TORTURE ? 200 : 4;
const RACERS = 6;

let place: Workplace;
beforeEach(() => {
  place = makeWorkplace();
});
afterEach(() => leaveClean(place));

const MARK = (id: string): string =>
  `  - { id: ${id}, run: 'echo "+ ${id} $PPID" >> "$MARKS"; sleep 0.05; echo "- ${id} $PPID" >> "$MARKS"' }\n`;
const GATE = '  - { id: gate, run: \'echo gate >> "$MARKS"; while [ ! -e go ]; do sleep 0.02; done\' }\n';

test('a stopped holder keeps its run; once it is taken over it writes nothing more, and says so when it wakes', async () => {
  place.write('t.yaml', `steps:\n${MARK('one')}${GATE}${MARK('two')}${MARK('three')}`);
  const first = place.start('run', 't.yaml');
  await place.marked(3, first);
  first.child.kill('SIGSTOP');
  const refused = await place.run('resume');
  expect(refused).toMatchObject({
    code: 5,
    stderr: expect.stringContaining(`is held by process ${first.child.pid} on`),
  });
  expect(refused.stderr).toContain('error[RUN_HELD]');
  const second = place.start('resume', '--takeover');
  await place.marked(4, second); // the gate again, under the new holder
  place.write('go', '');
  const won = await second.finished;
  expect(won).toMatchObject({ code: 0 });
  const done = place.lines();
  first.child.kill('SIGCONT');
  const lost = await first.finished;
  expect(lost).toMatchObject({ code: 5, stderr: expect.stringContaining('error[RUN_TAKEN_OVER]') });
  expect(place.lines()).toEqual(done);
  expect(done.filter((line) => line.startsWith('- '))).toHaveLength(3);
  expect(await place.run('verify')).toMatchObject({ code: 0 });
  expect(await place.run('runs', 'show')).toMatchObject({ code: 0, stdout: expect.stringContaining('succeeded') });
});

test(`of ${RACERS} resumes at once one wins, ${ROUNDS} times: the others name it, and every step is done once`, {
  timeout: 3_600_000,
}, async () => {
  for (let round = 0; round < ROUNDS; round++) {
    place.write('t.yaml', `steps:\n${MARK('one')}  - { id: wait, run: test -e ready }\n${MARK('two')}${MARK('three')}`);
    expect(await place.run('run', 't.yaml')).toMatchObject({ code: 1 });
    place.write('ready', '');
    const ends = await Promise.all(Array.from({ length: RACERS }, () => place.run('resume')));
    const held = ends.filter(({ code }) => code === 5);
    const through = ends.filter(({ code }) => code === 0);
    expect(held.length + through.length, ends.map(({ stderr }) => stderr).join('\n')).toBe(RACERS);
    for (const { stderr } of held)
      expect(stderr).toMatch(/error\[RUN_HELD\]: (Run \w+ is held by process \d+ on|Other processes keep)/);
    expect(through.filter(({ stderr }) => stderr.includes('RESULT succeeded'))).toHaveLength(1);
    const done = place.lines().filter((line) => line.startsWith('- '));
    expect(done.map((line) => line.split(' ')[1])).toEqual(['one', 'two', 'three']);
    place.remove();
    place = makeWorkplace();
  }
});

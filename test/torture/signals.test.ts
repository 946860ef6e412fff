/** Signals once and twice, a terminal that goes away, a reader that goes away, and an output that is full. */
import { closeSync, existsSync, openSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { makeWorkplace, type Workplace } from './giga.ts';
import { leaveClean } from './survivors.ts';

let place: Workplace;
beforeEach(() => {
  place = makeWorkplace();
});
afterEach(() => leaveClean(place));

const says = 'echo in >> "$MARKS"';
const SLOW = `steps:\n  a: { run: '${says}; [ -e go ] || sleep 600' }\n  b: { needs: a, run: 'echo b >> "$MARKS"' }\nfinally: [{ id: end, run: 'echo end >> "$MARKS"' }]\n`;
const STUBBORN = SLOW.replace(says, `trap "" TERM INT; ${says}`).replace(
  'sleep 600',
  'while true; do sleep 0.05; done',
);

describe.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const)('%s', (signal, code) => {
  test('once stops the steps, and the run can be resumed', async () => {
    place.write('t.yaml', SLOW);
    const started = place.start('run', 't.yaml');
    await place.marked(1, started);
    started.child.kill(signal);
    const end = await started.finished;
    expect(end).toMatchObject({ code, signal: null, stderr: expect.stringContaining('giga resume') });
    expect(place.lines()).toEqual(['in']);
    place.write('go', '');
    expect(await place.run('resume')).toMatchObject({ code: 0 });
    expect(place.lines()).toEqual(['in', 'in', 'b', 'end']);
  });

  test('twice kills what does not mind the first, and the journal is whole', async () => {
    place.write('t.yaml', STUBBORN);
    const started = place.start('run', 't.yaml');
    await place.marked(1, started);
    started.child.kill(signal);
    await new Promise<void>((heard) =>
      started.child.stderr?.on('data', (text: Buffer) => /again|stop/i.test(text.toString()) && heard()),
    );
    started.child.kill(signal);
    expect(await started.finished).toMatchObject({ code, signal: null });
    const doctor = await place.run('doctor');
    expect(doctor).toMatchObject({ code: 0, stdout: expect.stringContaining('1 run reads well') });
    place.write('go', '');
    expect(await place.run('resume')).toMatchObject({ code: 0 });
  });
});

describe('an output', () => {
  test.skipIf(!existsSync('/dev/full')).each([
    ['stdout', [1]],
    ['stderr', [2]],
    ['both', [1, 2]],
  ] as const)(
    'that is full (%s) does not stop the run: it is done, and said with 1 where data is lost',
    async (_, full) => {
      place.write(
        't.yaml',
        'steps:\n  a: { run: \'echo a >> "$MARKS"\' }\n  b: { needs: a, run: \'echo b >> "$MARKS"\' }\n',
      );
      const fd = openSync('/dev/full', 'w');
      const stdio = ['ignore' as const, ...[1, 2].map((n) => (full.some((one) => one === n) ? fd : ('pipe' as const)))];
      const { finished } = place.launch(process.execPath, [place.program, 'run', 't.yaml', '--json'], { stdio });
      const end = await finished;
      closeSync(fd);
      expect(place.lines()).toEqual(['a', 'b']);
      expect(end).toMatchObject({ signal: null, code: full.some((one) => one === 1) ? 1 : 0 });
      expect(await place.run('resume')).toMatchObject({ code: 0, stderr: expect.stringContaining('nothing to do') });
    },
  );

  test('whose reader goes away does not stop the run', async () => {
    place.write('t.yaml', SLOW);
    const started = place.start('run', 't.yaml', '--json');
    await place.marked(1, started);
    started.child.stdout?.destroy();
    started.child.stderr?.destroy();
    const isOver = new Promise((over) => started.child.on('exit', (code) => over(code)));
    place.write('go', '');
    // The step sleeps on: it is the next one that shows that the run goes on.
    started.child.kill('SIGTERM');
    expect(await isOver).toBe(143);
    expect(await place.run('resume')).toMatchObject({ code: 0 });
    expect(place.lines()).toEqual(['in', 'in', 'b', 'end']);
  });
});

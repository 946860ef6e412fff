/** Plugins of the real command: at once without a build step, at each level of isolation, over crashes, with wrong sources. */
import { describe, expect, it } from 'vitest';
import type { Workplace } from '../cli/giga.ts';
import {
  appears,
  descendantsOf,
  eventsOf,
  inPlace,
  isAlive,
  isClear,
  marks,
  outputsOf,
  start,
  until,
} from './place.ts';

const PLUGIN = `import { definePlugin, step } from 'giga/plugin';
import { shout } from './shout.ts';

const text = { type: 'object', properties: { text: { type: 'string' } }, required: ['text'] } as const;
export default definePlugin({
  permissions: { read: ['notes/**'], write: ['out'], env: ['SEEN'] },
  limits: { timeout: '1s', memory: '64MB' },
  steps: {
    greet: step({
      input: { type: 'object', properties: { name: { type: 'string' }, loud: { type: 'boolean', default: true } }, required: ['name'] },
      output: text,
      run: ({ name, loud }) => ({ text: loud ? shout(name) : name }),
    }),
    world: step({
      input: { type: 'object' },
      output: text,
      async run(_, ctx) {
        ctx.progress('reading');
        const files = await ctx.fs.list('**');
        await ctx.fs.write('out/copy.txt', await ctx.fs.read('notes/a.txt'));
        return { text: [files.join(), await ctx.env('SEEN')].join(' ') };
      },
    }),
    trouble: step({
      input: { type: 'object', properties: { how: { type: 'string' } } },
      output: text,
      async run({ how }, ctx) {
        if (how === 'read') await ctx.fs.read('secret/key.txt');
        if (how === 'outside') await ctx.fs.read('../../../etc/passwd');
        if (how === 'write') await ctx.fs.write('notes/a.txt', 'x');
        if (how === 'env') await ctx.env('HIDDEN');
        if (how === 'net') await ctx.fetch('http://127.0.0.1:1/');
        if (how === 'loop') for (;;);
        if (how === 'exit') process.exit(3);
        if (how === 'eat') for (const all: unknown[] = []; ; ) all.push(new Array(1e5).fill(how));
        if (how === 'never') await new Promise(() => {});
        throw new Error('thrown: ' + how);
      },
    }),
  },
});
`;

function inProject(use: (place: Workplace) => Promise<void>): Promise<void> {
  return inPlace(
    async (place) => {
      place.put('plugins/hello.ts', PLUGIN);
      place.put('plugins/shout.ts', "export const shout = (text: string): string => text.toUpperCase() + '!';\n");
      place.put('notes/a.txt', 'a note\n');
      place.put('secret/key.txt', 'a secret\n');
      await use(place);
    },
    { SEEN: 'seen', HIDDEN: 'hidden' },
  );
}

const LEVELS = ['none', 'limited', 'strict'] as const;
const using = (level: string, step: string): string =>
  `plugins: [{ from: ./plugins/hello.ts, isolation: ${level} }]\nsteps:\n  a: ${step}\noutputs: { text: '\${{ steps.a.outputs.text }}' }\n`;

describe.each(LEVELS)('a plugin with isolation %s', (level) => {
  it('runs at once, and asks giga for what it needs', () =>
    inProject(async (place) => {
      place.put('greet.yaml', using(level, '{ uses: hello/greet, with: { name: Ada } }'));
      expect(outputsOf(await place.giga('run', 'greet.yaml', '--json'))).toEqual({ text: 'ADA!' });
      place.put('world.yaml', using(level, '{ uses: hello/world }'));
      expect(outputsOf(await place.giga('run', 'world.yaml', '--json'))).toEqual({ text: 'notes/a.txt seen' });
      expect(marks(place, 'out/copy.txt')).toEqual(['a note']);
    }));

  it.each([
    ['read', 'It is not allowed to read secret/key.txt: permissions: { read } name notes/**.'],
    ['outside', 'lies outside of the workspace'],
    ['write', 'It is not allowed to write notes/a.txt: permissions: { write } name out.'],
    ['env', 'It is not allowed to read the variable HIDDEN: permissions: { env } name SEEN.'],
    ['net', 'It is not allowed'],
    ['nothing', 'thrown: nothing'],
  ])('fails with what was refused: %s', (how, words) =>
    inProject(async (place) => {
      place.put('w.yaml', using(level, `{ uses: hello/trouble, with: { how: ${how} } }`));
      const outcome = await place.giga('run', 'w.yaml');
      expect(outcome.code).toBe(1);
      expect(outcome.err).toContain('STEP_PLUGIN_FAILED');
      expect(outcome.err).toContain(words);
      isClear(outcome);
    }),
  );

  it('is told to stop by its own limit', () =>
    inProject(async (place) => {
      place.put('w.yaml', using(level, '{ uses: hello/trouble, with: { how: never } }'));
      const outcome = await place.giga('run', 'w.yaml');
      expect(outcome.err).toContain('STEP_PLUGIN_TIMEOUT');
      expect(outcome.code).toBe(1);
    }));
});

describe('a plugin in a process of its own', () => {
  it.each([
    ['loop', 'STEP_PLUGIN_TIMEOUT'],
    ['exit', 'ended with exit code 3'],
    ['eat', 'STEP_PLUGIN_MEMORY'],
  ])('is ended, and giga goes on: %s', (how, words) =>
    inProject(async (place) => {
      place.put(
        'w.yaml',
        using('limited', `{ uses: hello/trouble, with: { how: ${how} }, continue-on-error: true }`).replace(
          'outputs',
          '  b: { uses: hello/greet, needs: a, with: { name: Ada } }\noutputs',
        ),
      );
      const outcome = await place.giga('run', 'w.yaml');
      expect(outcome.err).toContain(words);
      expect(outcome.err).toMatch(/ b ok /);
      isClear(outcome);
    }),
  );

  it('cannot import what would lead around giga', () =>
    inProject(async (place) => {
      place.put(
        'plugins/hello.ts',
        `import { readFileSync } from 'node:fs';\n${PLUGIN.replace("throw new Error('thrown: ' + how)", "return { text: readFileSync('/etc/passwd', 'utf8') }")}`,
      );
      place.put('w.yaml', using('limited', '{ uses: hello/trouble }'));
      const refused = await place.giga('validate', 'w.yaml');
      expect(refused.err).toContain('imports `node:fs`, which is not there where it is isolated');
      expect(refused.code).toBe(3);
      place.put('w.yaml', using('none', '{ uses: hello/trouble }'));
      expect((await place.giga('run', 'w.yaml')).code).toBe(0);
    }));

  const LIVES = ['limited', 'strict'].flatMap((level) => ['never', 'loop'].map((how) => [level, how] as const));
  it.runIf(process.platform === 'linux').each(LIVES)('ends with giga, also when that is killed: %s, %s', (level, how) =>
    inProject(async (place) => {
      const begun = `await ctx.fs.write('out/begun', 'x'); if (how === '${how}')`;
      place.put(
        'plugins/hello.ts',
        PLUGIN.replace("timeout: '1s'", "timeout: '1h'").replace(`if (how === '${how}')`, begun),
      );
      place.put('w.yaml', using(level, `{ uses: hello/trouble, with: { how: ${how} } }`));
      const running = start(place, 'run', 'w.yaml');
      await appears(place, 'out/begun');
      const all = descendantsOf(running.child.pid ?? 0);
      expect(all.length).toBeGreaterThan(0);
      running.child.kill('SIGKILL');
      await running.ended;
      await until(() => !all.some(isAlive));
    }),
  );
});

describe('the source of a plugin', () => {
  it('is part of what a step is: another one runs again on resume, the same is kept', () =>
    inProject(async (place) => {
      place.put(
        'w.yaml',
        using('none', '{ uses: hello/greet, with: { name: Ada } }').replace(
          'outputs',
          "  b: { needs: a, run: 'test -e go' }\noutputs",
        ),
      );
      expect((await place.giga('run', 'w.yaml')).code).toBe(1);
      const kept = await place.giga('resume', '--plan');
      expect(kept.out).toMatch(/keep +a/);
      place.put('plugins/shout.ts', "export const shout = (text: string): string => text.toUpperCase() + '!!';\n");
      place.put('go', '');
      const resumed = await place.giga('resume', '--json');
      expect(resumed.code).toBe(0);
      expect(outputsOf(resumed)).toEqual({ text: 'ADA!!' });
    }));

  it.each([
    ['a mistake in the syntax', 'export default {{', 'PLUGIN_UNREADABLE', 'hello.ts:1:'],
    ['an import that leads nowhere', "import './lost.ts';\nexport default {};", 'PLUGIN_UNREADABLE', 'hello.ts:1:'],
    ['no default export', 'export const x = 1;', 'PLUGIN_MANIFEST', 'hello.ts:1:'],
    ['a key that is not known', 'export default { stepps: {} };', 'PLUGIN_MANIFEST', 'hello.ts:1:18'],
    ['a throw at its beginning', "throw new Error('not today');", 'PLUGIN_UNREADABLE', 'not today'],
    ['an endless loop at its beginning', 'for (;;);', 'PLUGIN_UNREADABLE', 'within 10 seconds'],
  ])('with %s is a clear problem', (_, text, code, where) =>
    inProject(async (place) => {
      place.put('plugins/hello.ts', text);
      place.put('w.yaml', using('none', '{ uses: hello/greet, with: { name: Ada } }'));
      const outcome = await place.giga('validate', 'w.yaml');
      expect(outcome.err).toContain(code);
      expect(outcome.err).toContain(where);
      expect(outcome.code).toBe(3);
      isClear(outcome);
    }),
  );

  it('that is not there is said where it is named', () =>
    inPlace(async (place) => {
      place.put('w.yaml', using('none', '{ uses: hello/greet }'));
      const outcome = await place.giga('run', 'w.yaml');
      expect(outcome.err).toContain('There is no file "plugins/hello.ts"');
      expect(outcome.err).toContain('w.yaml:3:');
      expect(outcome.code).toBe(3);
    }));

  it('is read where it will run: what is strict is nowhere near Node', () =>
    inProject(async (place) => {
      place.put('plugins/hello.ts', `if (typeof process !== 'undefined') throw new Error('Node is here');\n${PLUGIN}`);
      place.put('w.yaml', using('strict', '{ uses: hello/greet, with: { name: Ada } }'));
      expect((await place.giga('run', 'w.yaml')).code).toBe(0);
      place.put('plugins/shout.ts', "export const shout = (text: string): string => text + '?';\n");
      place.put('w.yaml', using('limited', '{ uses: hello/greet, with: { name: Ada } }'));
      expect((await place.giga('run', 'w.yaml')).err).toContain('Node is here');
    }));

  it('is noted where it changes something, and where it was denied', () =>
    inProject(async (place) => {
      place.put('w.yaml', using('limited', '{ uses: hello/world }'));
      const events = eventsOf(await place.giga('run', 'w.yaml', '--json')).filter(
        ({ type }) => type === 'attempt.noted',
      );
      expect(events.map(({ data }) => data)).toEqual([
        { kind: 'capability-used', capability: 'fs.write', about: 'out/copy.txt', verdict: 'ok' },
      ]);
    }));
});

/** `giga claude sessions`: what is kept of conversations, read, exported and removed. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { JsonObject } from '../../src/core/json.ts';
import { inPlace, isClear, start, until } from '../e2e/place.ts';
import { messagesServer, streamOf, textStream } from '../host/claude/messages-server.ts';
import type { Workplace } from './giga.ts';

const TWO = `steps:
  - { id: draft, claude: { prompt: "Write.", system: Be brief., model: claude-opus-5-5 } }
  - { id: shorten, claude: { prompt: Shorter., session: "continue:draft" } }
`;

interface Listed {
  readonly session: string;
  readonly step: string;
  readonly [key: string]: unknown;
}

async function listed(place: Workplace): Promise<readonly Listed[]> {
  const { out } = await place.giga('claude', 'sessions', 'list', '--json');
  return out
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Listed); // what giga wrote
}

async function withRun(use: (place: Workplace, run: string) => Promise<void>): Promise<void> {
  await inPlace(async (place) => {
    place.put('w.yaml', TWO);
    expect((await place.giga('run', 'w.yaml', '--fake')).code).toBe(0);
    const [one] = await listed(place);
    await use(place, String(one?.['run']));
  });
}

it('lists what there is, the latest first', () =>
  withRun(async (place, run) => {
    expect(await listed(place)).toMatchObject([
      {
        type: 'claude.session',
        run,
        step: 'shorten',
        state: 'answered',
        turns: 1,
        messages: 4,
        model: 'claude-opus-5-5',
      },
      { run, step: 'draft', state: 'answered', turns: 1, messages: 2, from: null, tokens: 0 },
    ]);
    const { out, code } = await place.giga('claude', 'sessions', 'list', '--run', run.slice(0, 3));
    expect(code).toBe(0);
    expect(out).toMatch(/^\w+ {2}shorten {2}answered {2}claude-opus-5-5 {2}1 turn, 0 tokens/);
  }));

it('shows what was said, and where a branch begins', () =>
  withRun(async (place, run) => {
    const shown = await place.giga('claude', 'sessions', 'show', run, 'shorten');
    const [, about, , ...said] = shown.out.trimEnd().split('\n');
    expect([shown.code, about]).toEqual([0, `run ${run} · step shorten · claude-opus-5-5 · answered`]);
    const origin = ` (said in ${(await listed(place))[1]?.session})`;
    expect(said.join('\n').replaceAll(origin, ' (there)')).toBe(`
system
  Be brief.

user (there)
  Write.

assistant (there)
  This is a made-up answer.

user
  Shorter.

assistant
  This is a made-up answer.`);
    const byName = await place.giga('claude', 'sessions', 'show', `${run}-sh`);
    expect(byName.out).toBe(shown.out);
    expect((await place.giga('claude', 'sessions', 'show', 'shorten')).out).toBe(shown.out);
  }));

it('exports Markdown and JSON, and replaces no file unasked', () =>
  withRun(async (place, run) => {
    const { out } = await place.giga('claude', 'sessions', 'export', run, 'draft');
    expect(out).toMatch(
      /^# .+\n\nRun \w+, step draft, claude-opus-5-5, answered\.\n\n## system\n\nBe brief\.\n\n## user\n\nWrite\.\n/,
    );
    const exported = (...more: string[]) =>
      place.giga('claude', 'sessions', 'export', run, 'draft', '-o', 'a.json', ...more);
    expect([(await exported()).code, (await exported()).code, (await exported('--force')).code]).toEqual([0, 2, 0]);
    expect(JSON.parse(readFileSync(join(place.folder, 'a.json'), 'utf8'))).toMatchObject({
      step: 'draft',
      system: 'Be brief.',
      said: [{ role: 'user' }, { role: 'assistant' }],
    });
    expect((await place.giga('claude', 'sessions', 'export', run, 'draft', '-o', 'no/such/a.md')).err).toContain(
      'CLI_OUTPUT',
    );
  }));

const REFUSED: readonly (readonly [args: readonly string[], code: string, said: string])[] = [
  [['show', 'nothing'], 'CLI_UNKNOWN_SESSION', '`giga claude sessions list`'],
  [['show', 'RUN', 'drft'], 'CLI_UNKNOWN_SESSION', '`draft`'],
  [['show', 'RUN'], 'CLI_UNKNOWN_SESSION', '2 conversations begin with'],
  [['show'], 'CLI_USAGE', 'session'],
  [['shw', 'RUN'], 'CLI_UNKNOWN_COMMAND', '`show`'],
  [['delete'], 'CLI_USAGE', '--older-than'],
  [['delete', 'RUN', '--older-than', '1d'], 'CLI_USAGE', 'not both'],
  [['delete', '--older-than', 'soon'], 'CLI_USAGE', 'duration'],
  [['export', 'RUN', 'draft', '--format', 'xml'], 'CLI_USAGE', 'md, json'],
  [['list', '--run', 'nosuchrun'], 'RUN_NOT_FOUND', ''],
];

it('what cannot be is refused with what to do', () =>
  withRun(async (place, run) => {
    for (const [args, code, said] of REFUSED) {
      const outcome = await place.giga('claude', 'sessions', ...args.map((word) => (word === 'RUN' ? run : word)));
      expect([args, outcome.code, outcome.err, outcome.out]).toEqual([args, 2, expect.stringContaining(code), '']);
      expect(outcome.err).toContain(said);
      isClear(outcome);
    }
  }));

it('deletes one, or the old ones; what has continued one has what was said there itself', () =>
  withRun(async (place, run) => {
    const dry = await place.giga('claude', 'sessions', 'delete', '--older-than', '0s', '--dry-run');
    expect([dry.out.trim().split('\n').length, dry.err]).toEqual([2, '2 conversations would be removed\n']);
    expect((await place.giga('claude', 'sessions', 'delete', '--older-than', '30d')).err).toBe(
      '0 conversations removed\n',
    );
    const one = await place.giga('claude', 'sessions', 'delete', run, 'draft');
    expect([one.code, one.err]).toEqual([0, '1 conversation removed\n']);
    expect((await place.giga('claude', 'sessions', 'show', run, 'shorten')).out).toContain('Write.');
    const resumed = await place.giga('resume', '--from', 'shorten');
    expect([resumed.code, `${resumed.out}${resumed.err}`]).toEqual([1, expect.stringContaining('STEP_SESSION_LOST')]);
  }));

it('conversations go with their run, and it is said', () =>
  withRun(async (place, run) => {
    expect((await place.giga('run', 'w.yaml', '--fake')).code).toBe(0);
    const dry = await place.giga('runs', 'prune', '--keep', '1', '--dry-run');
    expect([dry.out, dry.err]).toEqual([`${run}\n`, '1 run, with 2 conversations, would be removed\n']);
    const gone = await place.giga('runs', 'prune', '--keep', '1', '--json');
    expect(JSON.parse(gone.out)).toEqual({ type: 'run.removed', id: run, sessions: 2 });
    expect((await listed(place)).map((one) => one['run'] === run)).toEqual([false, false]);
  }));

it('one of a run that is at work stays', async () => {
  let answered = false;
  const server = await messagesServer((_asked, index) => {
    answered = index > 0;
    return index === 0 ? { stream: textStream('One.') } : { hangs: true };
  });
  await inPlace(
    async (place) => {
      place.put('w.yaml', TWO);
      const run = start(place, 'run', 'w.yaml');
      await until(() => answered);
      const outcome = await place.giga('claude', 'sessions', 'delete', '--older-than', '0s');
      run.child.kill('SIGKILL');
      await run.ended;
      expect([outcome.code, outcome.err]).toEqual([5, expect.stringContaining('RUN_HELD')]);
      expect(outcome.err).toContain('0 conversations removed');
      expect(readdirSync(join(place.folder, '.giga/sessions')).length).toBe(2);
    },
    { ANTHROPIC_API_KEY: 'sk-test', ANTHROPIC_BASE_URL: server.url },
  );
  await server.close();
});

it('a call of a tool is shown with what it gave, harmless on a screen; a damaged one is listed', async () => {
  const call = { type: 'tool_use', id: 'toolu_1', name: 'read', input: { path: 'notes.md' } } satisfies JsonObject;
  const server = await messagesServer((_asked, index) => ({
    stream: index === 0 ? streamOf([call], { stop: 'tool_use' }) : textStream('Read. \u001b[2J'),
  }));
  await inPlace(
    async (place) => {
      place.put('notes.md', 'first note\n');
      place.put('w.yaml', 'steps: { a: { claude: { prompt: Read., tools: [read] } } }\n');
      expect((await place.giga('run', 'w.yaml')).code).toBe(0);
      const [one] = await listed(place);
      const { out } = await place.giga('claude', 'sessions', 'show', String(one?.session));
      expect(out).toContain('  → read {"path":"notes.md"}\n');
      expect(out).toMatch(/tools\n {2}← [^]*first note/);
      expect(out).not.toContain('\u001b');
      expect([one?.['tokens'], one?.['list-price-usd']]).toEqual([30, expect.any(Number)]);
      const folder = join(place.folder, '.giga/sessions', String(one?.session));
      rmSync(join(folder, '1.jsonl'));
      writeFileSync(join(folder, '1.jsonl'), 'no line\nno line\n');
      expect(await listed(place)).toMatchObject([
        { session: one?.session, state: 'damaged', run: one?.['run'], step: null },
      ]);
    },
    { ANTHROPIC_API_KEY: 'sk-test', ANTHROPIC_BASE_URL: server.url },
  );
  await server.close();
});

it('without any it says what keeps them', () =>
  inPlace(async (place) => {
    const outcome = await place.giga('claude', 'sessions', 'list');
    expect([outcome.code, outcome.out, outcome.err]).toEqual([0, '', expect.stringContaining('`session`')]);
  }));

/** The workflows of this repository are valid, and those that can run anywhere do what they say. */
import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openWorkplace, type Workplace } from '../cli/giga.ts';

const FOLDERS = [
  'workflows',
  'workflows/examples',
  'workflows/examples/library',
  'workflows/examples/library/lib',
  'workflows/examples/served',
];
const all = FOLDERS.flatMap((folder) =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isFile() ? `${folder}/${entry.name}` : [])),
);
const files = all.filter((file) => !file.endsWith('.test.yaml'));

let place: Workplace;
beforeAll(() => {
  place = openWorkplace();
  for (const file of all) place.put(file, readFileSync(file, 'utf8'));
  place.put('templates/hello.yaml', readFileSync('templates/hello.yaml', 'utf8'));
  place.put('README.md', 'one\ntwo\n');
  cpSync('workflows/examples/prompts', join(place.folder, 'workflows/examples/prompts'), { recursive: true });
  cpSync('workflows/examples/monorepo', join(place.folder, 'workflows/examples/monorepo'), { recursive: true });
});
afterAll(() => place.remove());

/** How a run of a file ended: its verdict and outputs. */
async function endOf(file: string, args: readonly string[]): Promise<unknown> {
  const { out, err } = await place.giga('run', file, '--json', '--no-input', ...args);
  const last = JSON.parse(out.trim().split('\n').at(-1) ?? '{}') as Record<string, unknown>; // a record of our own
  if (last['type'] !== 'run.finished') throw new Error(err);
  return { verdict: last['verdict'], outputs: last['outputs'] };
}

test.each([...files, 'templates/hello.yaml'])('%s is valid, without a warning', async (file) => {
  const { code, err } = await place.giga('validate', file);
  expect({ code, err }).toEqual({ code: 0, err: `✔ valid  ${file}\n` });
});

const X = 'workflows/examples';
const ENDS: readonly (readonly [file: string, args: string, verdict: string, outputs: object])[] = [
  ['hello', '', 'succeeded', { text: 'Hello, world! The README has 2 lines.' }],
  ['hello', '-i who=you', 'succeeded', { text: 'Hello, you! The README has 2 lines.' }],
  [`${X}/conditional-deploy.yaml`, '', 'succeeded', { report: 'app:feature-login for none: deploy skipped' }],
  [
    `${X}/conditional-deploy.yaml`,
    '-i branch=main',
    'succeeded',
    { report: 'app:main for production: deploy succeeded' },
  ],
  [
    `${X}/conditional-deploy.yaml`,
    '-i branch=release/2 -i dry-run=true',
    'succeeded',
    { report: 'app:release-2 for staging: deploy skipped' },
  ],
  [`${X}/integration-test.yaml`, '-i port=18317', 'succeeded', { left: 2 }],
  [`${X}/monorepo.yaml`, '', 'succeeded', { lines: [3, 4] }],
  [`${X}/parallel-checks.yaml`, '', 'succeeded', { summary: 'checks: succeeded' }],
  [`${X}/parallel-checks.yaml`, '-i broken=docs', 'succeeded with allowed failures', { summary: 'checks: succeeded' }],
  [`${X}/parallel-checks.yaml`, '-i broken=lint', 'failed', {}],
  [
    `${X}/retry-and-timeout.yaml`,
    '',
    'succeeded with allowed failures',
    { text: 'flaky took 3 attempts; slow failed, counted as success' },
  ],
  [
    `${X}/matrix-build.yaml`,
    '',
    'succeeded',
    {
      built: 'app-linux-debug app-linux-release app-mac-release app-bsd-release',
      keys: 'platform=linux,mode=debug platform=linux,mode=release platform=mac,mode=release platform=bsd,mode=release',
    },
  ],
  [`${X}/matrix-build.yaml`, '-i broken=mac', 'failed', {}],
  [`${X}/map-reduce.yaml`, '', 'succeeded with allowed failures', { words: 12, lost: 'c.txt' }],
  [`${X}/map-reduce.yaml`, '-i unreadable=[]', 'succeeded', { words: 15, lost: '' }],
  [`${X}/map-reduce.yaml`, '-i unreadable=["a","b","d"]', 'failed', {}],
  [`${X}/bisect.yaml`, '', 'succeeded', { 'first-bad': 37, tests: 7 }],
  [`${X}/bisect.yaml`, '-i first-bad=2', 'succeeded', { 'first-bad': 2, tests: 6 }],
  [`${X}/nightly.yaml`, '', 'succeeded', { checks: 'succeeded' }],
  [`${X}/nightly.yaml`, '-i seconds=60', 'succeeded with allowed failures', { checks: 'failed' }],
  [`${X}/wait-for-file.yaml`, '', 'succeeded', { parts: 3 }],
  [`${X}/cleanup.yaml`, '', 'succeeded', {}],
  [`${X}/cleanup.yaml`, '-i break=true', 'failed', {}],
  [
    `${X}/environment.yaml`,
    '',
    'succeeded',
    {
      show: 'development workflow r42',
      inside: 'development group',
      nearest: 'development step',
      bare: 'nothing alone',
    },
  ],
  [
    `${X}/environment.yaml`,
    '--profile production',
    'succeeded',
    { show: 'production workflow r42', inside: 'production group', nearest: 'production step', bare: 'nothing alone' },
  ],
  [`${X}/library/release.yaml`, '', 'succeeded', { place: 'library-out/eu', count: 2 }],
  [`${X}/library/release.yaml`, '-i zone=us', 'succeeded', { place: 'library-out/us', count: 2 }],
];

test.each(ENDS)('%s %s: %s', async (file, args, verdict, outputs) => {
  const end = await endOf(file, args.split(' ').filter(Boolean));
  expect(end).toEqual({ verdict, outputs });
});

test('the tests of the examples pass, and take every branch', async () => {
  const { code, err } = await place.giga('test');
  expect({ code, err }).toMatchObject({
    code: 0,
    err: expect.stringMatching(/5 of 5 branches\n[^]*3 of 3 branches\nTESTS 7 passed · 0 failed\n$/),
  });
});

const GATE = `${X}/release-gate.yaml`;

test('release-gate.yaml publishes what a person has read, revised as they asked', async () => {
  expect(await place.giga('run', GATE, '-i', 'version=1.2.0')).toMatchObject({ code: 5 });
  expect(await place.giga('approve', '--verdict', 'reject', '--comment', 'Say what changed.')).toMatchObject({
    code: 5,
  });
  const { code, err } = await place.giga('approve', '--verdict', 'approve', '--as', 'alice');
  expect({ code, err }).toMatchObject({ code: 0, err: expect.stringContaining('Revised: Say what changed.') });
  expect(err).toContain('output result = published 1.2.0, approved by alice');
});

const RELEASE = `${X}/release.yaml`;

test('release.yaml releases a version once, and undoes what it did where the announcement fails', async () => {
  const release = async (...args: string[]) => {
    expect(await place.giga('run', RELEASE, ...args)).toMatchObject({ code: 5 });
    return place.giga('approve', '--verdict', 'approve');
  };
  const log = (): string => readFileSync(join(place.folder, 'releases/log'), 'utf8');
  const first = await release();
  expect(first).toMatchObject({ code: 0, err: expect.stringContaining('output result = announced package-0.1.0') });
  const id = / run (\w+)/.exec(first.err)?.[1];
  const second = await release();
  expect(second).toMatchObject({ code: 0, err: expect.stringContaining(`publish kept once · done by run ${id}`) });
  expect(log()).toBe('published 0.1.0\nannounced package-0.1.0\nannounced package-0.1.0\n');

  const failed = await release('-i', 'version=0.2.0', '-i', 'unreachable=true');
  expect(failed).toMatchObject({ code: 1, err: expect.stringContaining('nobody listens') });
  expect(log().split('\n').slice(3, 6)).toEqual(['published 0.2.0', 'yanked package-0.2.0', 'untagged 0.2.0']);
  expect(await release('-i', 'version=0.2.0')).toMatchObject({ code: 0, err: expect.stringContaining('publish ok') });
});

/** Run by migration.test.ts, mcp.test.ts and claude.test.ts. */
const ELSEWHERE = ['migration', 'research', 'served', 'served/count', 'fix-test', 'review', 'triage', 'release-notes'];

test('every example is among those that are run, or is run by one', () => {
  const run = new Set([...ENDS.map(([file]) => file), GATE, RELEASE, ...ELSEWHERE.map((name) => `${X}/${name}.yaml`)]);
  expect(files.filter((file) => file.startsWith(X) && !file.includes('/lib/') && !run.has(file))).toEqual([]);
});

test('parallel-checks.yaml does not wait for the others once one has failed', async () => {
  const { out } = await place.giga(
    'run',
    `${X}/parallel-checks.yaml`,
    '--json',
    '-i',
    'broken=lint',
    '-i',
    'seconds=50',
  );
  expect(out).toMatch(/"type":"step\.settled","node":"checks\/tests","result":"cancelled"/);
});

test('cleanup.yaml takes down what it started, and leaves a note only of a failure', async () => {
  const here = (): readonly string[] => readdirSync(place.folder).filter((name) => /lock|failure/.test(name));
  await place.bash('rm -f failure.txt');
  await place.giga('run', `${X}/cleanup.yaml`);
  expect(here()).toEqual([]);
  await place.giga('run', `${X}/cleanup.yaml`, '-i', 'break=true');
  expect(here()).toEqual(['failure.txt']);
  expect(readFileSync(join(place.folder, 'failure.txt'), 'utf8')).toBe('work failed\n');
});

describe('release-notes.md, in a repository', () => {
  const git = (...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.com', ...args], {
      cwd: place.folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  const commit = (subject: string): string => git('commit', '--allow-empty', '-q', '-m', subject);

  test('lists what came since the last tag, or since a revision', async () => {
    git('init', '-q');
    commit('Begin');
    commit('Say "hello" $(date)');
    git('tag', 'v1');
    commit('Greet by name');
    const subject = '- Greet by name';
    expect(await endOf('release-notes', [])).toEqual({
      verdict: 'succeeded',
      outputs: { notes: `## Changes since v1\n\n${subject}` },
    });
    const since = await endOf('release-notes', ['-i', 'since=HEAD~2']);
    expect(since).toMatchObject({ outputs: { notes: `## Changes since HEAD~2\n\n${subject}\n- Say "hello" $(date)` } });
    expect(await endOf('release-notes', ['-i', 'since=HEAD'])).toMatchObject({
      outputs: { notes: '## Changes since HEAD\n\nNothing has changed.' },
    });
  });
});

describe('ci.yaml', () => {
  test.each([
    ['text', '├─ lint'],
    ['mermaid', 'flowchart'],
    ['dot', 'digraph'],
    ['svg', '<svg'],
  ])('has a graph as %s', async (format, mark) => {
    const { code, out } = await place.giga('graph', 'ci', '-f', format);
    expect({ code, out }).toEqual({ code: 0, out: expect.stringContaining(mark) });
    for (const step of ['install', 'lint', 'types', 'tests', 'summary']) expect(out).toContain(step);
  });

  test('runs its checks at once, and sums up also where one fails', async () => {
    place.put('package.json', '{}');
    place.put('bin/npm', '#!/bin/sh\ncase "$*" in *types*) exit 2 ;; esac\n');
    place.put('bin/npx', '#!/bin/sh\n');
    await place.bash('chmod +x bin/*');
    const { code, err } = await place.bash('PATH="$PWD/bin:$PATH" giga run ci');
    expect(code).toBe(1);
    expect(err).toMatch(/── summary · summary\n\| check \| result \| took \|\n/);
    expect(err).toMatch(/\| lint \| succeeded \| \d+ s \|\n\| types \| failed \| \d+ s \|\n/);
  });
});

/** Results of earlier runs with the built command: what is said of them, and what kills and races do. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Outcome, openWorkplace, type Workplace } from './giga.ts';

let place: Workplace;
beforeAll(() => openWorkplace().remove()); // builds
beforeEach(() => {
  place = openWorkplace({ CC: 'gcc' });
  place.put('src/main.c', 'int main() {\n  return 0;\n}\n');
});
afterEach(() => place.remove());

const read = (file: string): string => readFileSync(join(place.folder, file), 'utf8');
/** Without what differs from run to run. */
const plain = (text: string): string =>
  text
    .replaceAll(/\d\d:\d\d:\d\d/g, 'TIME')
    .replaceAll(/\b\d{4}-\d\d-\d\d\b/g, 'DATE')
    .replaceAll(/\brun [a-z0-9]{4,}/g, 'run ID')
    .replaceAll(/(?<![\w.])\d+(?:\.\d+)?m?s\b/g, 'LONG');
const shown = ({ code, out, err }: Outcome): string => plain(`${out}${err}exit ${code}\n`);

const BUILD = `
steps:
  build:
    run: |
      mkdir -p dist
      cat src/main.c > dist/main.o
      echo built >> log
    cache: { inputs: [src/**], outputs: [dist/**], env: [CC], key: inputs.mode }
  pack:
    needs: [build]
    run: cat dist/main.o > app.tar
inputs: { mode: { type: string, default: debug } }
`;

describe('a step with `cache`', () => {
  it('is done once, and what it made is put back', async () => {
    place.put('w.yaml', BUILD);
    expect(shown(await place.giga('run', 'w.yaml'))).toBe(
      'giga w.yaml · run ID · 2 steps\nTIME build ok LONG\nTIME pack ok LONG\nRESULT succeeded · 2 ok · LONG\nexit 0\n',
    );
    rmSync(join(place.folder, 'dist'), { recursive: true });
    expect(shown(await place.giga('run', 'w.yaml'))).toBe(
      'giga w.yaml · run ID · 2 steps\nTIME build kept cached, from run ID\nTIME pack ok LONG\nRESULT succeeded · 2 ok (1 kept) · LONG\nexit 0\n',
    );
    expect([read('dist/main.o'), read('log')]).toEqual([read('src/main.c'), 'built\n']);
  });

  it('says by file and line why it was missed, on the screen and later', async () => {
    place.put('w.yaml', BUILD);
    await place.giga('run', 'w.yaml');
    place.put('src/main.c', 'int main() {\n  return 1;\n}\n');
    place.put('src/new.c', '');
    expect(shown(await place.giga('run', 'w.yaml'))).toContain(
      'build ok LONG cache miss: src/main.c:2 changed and 1 more\n',
    );
    const why = plain((await place.giga('why', 'build')).out);
    expect(why).toContain(
      '  its result was not taken from the cache, because\n    src/main.c:2 changed\n    src/new.c is new\n  its result is kept for later runs, as ',
    );
    expect(plain((await place.giga('cache', 'why', 'build')).out)).toMatch(
      /^build asked the cache in run ID\n {2}its result was not taken from the cache, because\n {4}src\/main\.c:2 changed\n/,
    );
    const told = JSON.parse((await place.giga('cache', 'why', 'build', '--json')).out);
    expect(told).toMatchObject({ type: 'cache.why', path: 'build', state: 'missed', saved: true });
    expect(told.why).toEqual(['src/main.c:2 changed', 'src/new.c is new']);
    expect(shown(await place.giga('cache', 'why', 'pack'))).toBe('pack did not ask the cache in run ID\nexit 0\n');
    expect(shown(await place.giga('cache', 'why', 'pakc'))).toContain('pack');
    expect((await place.bash('CC=clang giga run w.yaml')).err).toContain('cache miss: CC of the environment changed\n');
    expect((await place.giga('run', 'w.yaml')).err).toContain('build kept'); // by which the next miss is told
    expect((await place.giga('run', 'w.yaml', '-i', 'mode=release')).err).toContain(
      'cache miss: `cache.key` changed: "debug" → "release"\n',
    );
  });

  it('is done where nothing is to be used, and where it is asked for; a preview says that it may not be', async () => {
    place.put('w.yaml', BUILD);
    await place.giga('run', 'w.yaml');
    expect((await place.giga('run', 'w.yaml', '--no-cache')).err).toContain('build ok');
    expect((await place.giga('resume', '--from', 'build')).err).toContain('cache miss: it was asked to be done again');
    place.put('w.yaml', BUILD.replace('echo built', 'echo done'));
    const { out } = await place.giga('resume', '--plan');
    expect(out).toContain('the text of `run` changed; unless its result is in the cache');
    expect(read('log')).toBe('built\nbuilt\nbuilt\n');
  });

  it('lists and prunes what is kept', async () => {
    place.put('w.yaml', BUILD);
    expect(shown(await place.giga('cache', 'ls'))).toBe(
      'No results are kept: a step with `cache` keeps its result.\nexit 0\n',
    );
    await place.giga('run', 'w.yaml');
    await place.giga('run', 'w.yaml');
    expect(plain((await place.giga('cache', 'ls')).out)).toMatch(
      /^build {2}w\.yaml {2}8\d\d B in 1 file {2}used once, LONG ago {2}[0-9a-f]{12}\n$/,
    );
    const listed = JSON.parse((await place.giga('cache', 'ls', '--json')).out);
    expect(listed).toMatchObject({
      type: 'cache.result',
      step: 'build',
      file: 'w.yaml',
      uses: 1,
      files: 1,
      trust: 'own',
    });
    expect((await place.giga('cache', 'prune', '--dry-run')).err).toBe('0 results, 0 B would be removed\n');
    expect((await place.giga('cache', 'prune', '--max-size', '1B', '--json')).out).toContain('"type":"cache.removed"');
    expect((await place.giga('cache', 'prune', '--older-than', 'soon')).code).toBe(2);
    await place.giga('cache', 'prune', '--all');
    expect(existsSync(join(place.folder, '.giga/cache/steps'))).toBe(false);
    expect((await place.giga('run', 'w.yaml')).err).toContain('build ok');
  });

  it('tells all of it as the schema of events says', async () => {
    place.put('w.yaml', BUILD);
    const validate = new Ajv({ strict: false }).compile(JSON.parse(readFileSync('schemas/event.schema.json', 'utf8')));
    const runs = await place.bash(
      'giga run w.yaml --json; giga run w.yaml --json; giga runs show --json; giga cache ls --json; giga cache why build --json; giga cache prune --all --json',
    );
    const lines = runs.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { readonly type: string });
    const known = JSON.parse(readFileSync('schemas/event.schema.json', 'utf8')).definitions as object;
    for (const line of lines) {
      expect([validate(line), validate.errors]).toEqual([true, null]);
      expect(Object.keys(known)).toContain(line.type);
    }
    expect(new Set(lines.map(({ type }) => type))).toContain('cache.ended');
  });
});

describe('the cache', () => {
  it('tells trusted runs from those of a fork', async () => {
    place.put('w.yaml', BUILD);
    await place.giga('run', 'w.yaml');
    const event = (head: string) =>
      JSON.stringify({ pull_request: { head: { repo: { full_name: head } }, base: { repo: { full_name: 'me/it' } } } });
    place.put('event.json', event('you/it'));
    const ci = 'GITHUB_ACTIONS=true GITHUB_EVENT_NAME=pull_request GITHUB_EVENT_PATH=event.json';
    expect((await place.bash(`${ci} giga run w.yaml`)).err).toContain('build ok');
    place.put('event.json', event('me/it'));
    expect((await place.bash(`${ci} giga run w.yaml`)).err).toContain('build kept');
    expect((await place.bash('GIGA_TRUST=other giga run w.yaml')).err).toContain('build ok');
    expect(
      (await place.bash('CI_MERGE_REQUEST_SOURCE_PROJECT_PATH=they/it CI_PROJECT_PATH=me/it giga run w.yaml')).err,
    ).toContain('build ok');
  });

  it('is never wrong after a kill while a result is kept', async () => {
    place.put(
      'big.yaml',
      'steps: { big: { run: "mkdir -p out; truncate -s 300M out/big; echo end >> out/big", cache: { inputs: [], outputs: [out] } } }\n',
    );
    const killed = await place.bash(`
      '${process.execPath}' '${place.program}' run big.yaml & pid=$!
      until grep -qs '"ask":"save"' .giga/runs/*/journal/1.jsonl; do kill -0 $pid || break; done
      kill -9 $pid; wait $pid; echo "code $?"; giga resume; giga verify; giga cache why big; rm -r out; giga run big.yaml; rm -r out; giga run big.yaml; tail -c 4 out/big`);
    expect(killed.out).toContain('code 137');
    expect(killed.out).toContain('✔ verified');
    expect(killed.err).toContain('big kept cached');
    expect(killed.out.endsWith('end\n')).toBe(true);
    expect(killed.code).toBe(0);
  });

  it('is done without where its folder cannot be used', async () => {
    place.put('w.yaml', BUILD);
    place.put('.giga/cache/steps', 'no folder');
    const run = await place.giga('run', 'w.yaml');
    expect([run.code, run.err]).toEqual([
      0,
      expect.stringContaining('not cached: the cache could not be used: ENOTDIR'),
    ]);
    const listed = await place.giga('cache', 'ls');
    expect(listed.code).toBe(3);
    expect(listed.err).toContain('error[CACHE_UNUSABLE]: The folder of the cache cannot be used: ENOTDIR.');
  });

  it('is shared by runs that go on at once', async () => {
    const steps = Array.from(
      { length: 20 },
      (_, i) =>
        `  s${i}: { run: "mkdir -p o; echo ${i} > o/${i}; echo same > o/same-${i}", cache: { inputs: [], outputs: ["o/${i}", "o/same-${i}"] } }`,
    );
    place.put('many.yaml', `steps:\n${steps.join('\n')}\n`);
    const both = await place.bash(
      'giga run many.yaml & giga run many.yaml & giga run many.yaml; wait; rm -r o; giga run many.yaml; cat o/*',
    );
    expect(both.code).toBe(0);
    expect(both.err).toContain('20 ok (20 kept)');
    expect(both.out.split('\n').filter((line) => line === 'same')).toHaveLength(20);
  });

  it('gives the artifacts of a step to the run that takes its result', async () => {
    place.put(
      'art.yaml',
      'steps: { a: { run: "mkdir -p d; echo hi > d/x", artifacts: d/*, cache: { inputs: [], outputs: [d] } } }\n',
    );
    await place.giga('run', 'art.yaml');
    rmSync(join(place.folder, 'd'), { recursive: true });
    const run = await place.bash('giga run art.yaml; giga runs artifacts; giga runs artifacts --to got; cat got/a/d/x');
    expect(run.err).toContain('a kept cached');
    expect(run.out).toContain('hi');
  });
});

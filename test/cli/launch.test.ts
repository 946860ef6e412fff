import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openWorkplace, type Workplace } from './giga.ts';

let place: Workplace;
let cache: string;
let count = 0;

beforeAll(() => {
  place = openWorkplace();
  place.put('w.yaml', "steps:\n  one: { run: 'true' }\n");
});
afterAll(() => place.remove());
beforeEach(() => {
  cache = join(place.folder, `cache-${++count}`);
});

const run = (): ReturnType<Workplace['bash']> => place.bash(`XDG_CACHE_HOME='${cache}' giga run w.yaml`);
const folder = (): string => join(cache, 'giga');
const files = (): string[] => (existsSync(folder()) ? readdirSync(folder()).toSorted() : []);
const modeOf = (path: string): number => statSync(path).mode & 0o777;
const content = (): Buffer[] => files().map((name) => readFileSync(join(folder(), name)));

describe('the byte code of an earlier start', () => {
  it('is kept in a folder of the user alone, and taken as it is by the next', async () => {
    await run();
    expect(files().some((name) => name.endsWith('-run-command.bin'))).toBe(true);
    expect(modeOf(folder())).toBe(0o700);
    expect(files().map((name) => modeOf(join(folder(), name)))).toEqual(files().map(() => 0o600));
    const before = content();
    expect((await run()).code).toBe(0);
    expect(content()).toEqual(before);
  });

  it.each([
    ['damaged in the middle', (bytes: Buffer) => bytes.fill(0x5a, 1000, 2000)],
    ['cut off', (bytes: Buffer) => bytes.subarray(0, 100)],
    ['empty', () => Buffer.alloc(0)],
  ])('is refused and replaced when it is %s', async (_, damage) => {
    await run();
    for (const name of files()) {
      const path = join(folder(), name);
      writeFileSync(path, damage(readFileSync(path)));
    }
    const damaged = content();
    expect((await run()).code).toBe(0);
    const command = files().findIndex((name) => name.endsWith('-run-command.bin'));
    expect(content()[command]).not.toEqual(damaged[command]);
  });

  it('is not written where others could change it', async () => {
    mkdirSync(folder(), { recursive: true });
    chmodSync(folder(), 0o777);
    expect((await run()).code).toBe(0);
    expect(files()).toEqual([]);
  });

  it('is not read when others could have changed it', async () => {
    await run();
    for (const name of files()) {
      writeFileSync(join(folder(), name), 'changed');
      chmodSync(join(folder(), name), 0o666);
    }
    chmodSync(folder(), 0o777);
    expect((await run()).code).toBe(0);
    expect(content().map(String)).toEqual(files().map(() => 'changed'));
  });

  it('is not missed where it cannot be kept', async () => {
    writeFileSync(cache, 'a file where the folder should be');
    expect((await run()).code).toBe(0);
  });

  it('is left alone when Node was told so', async () => {
    const { code } = await place.bash(`NODE_DISABLE_COMPILE_CACHE=1 XDG_CACHE_HOME='${cache}' giga run w.yaml`);
    expect(code).toBe(0);
    expect(files()).toEqual([]);
  });
});

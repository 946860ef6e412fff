/** Commands that read, over a state folder that is damaged in many ways: an answer or an error, never a stack, and never a change of what was there. */
import {
  appendFileSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { IS_TORTURE, makeWorkplace, type Workplace } from './giga.ts';

const READING = [
  'runs list',
  'runs show',
  'runs show --json',
  'why a',
  'logs a',
  'runs events',
  'runs events --json',
  'runs failed',
  'runs artifacts',
  'verify',
  'diff',
  'resume --plan',
  'doctor',
  'cache ls',
  'cache why a',
  'runs prune --dry-run',
  'undo --list',
];
/** With each damage some of them, and all of them in the long run; the first two are what everybody asks first. */
const EACH_TIME = IS_TORTURE ? READING.length : 4;
const asked = (nth: number): readonly string[] => [
  ...READING.slice(0, 2),
  ...Array.from(
    { length: EACH_TIME - 2 },
    (_, n) => READING[2 + ((nth * (EACH_TIME - 2) + n) % (READING.length - 2))] ?? '',
  ),
];
const BUG = /CLI_BUG|RUN_BUG|TypeError|RangeError|SyntaxError|\[object Object\]|\n\s+at .*\(?(file:|node:|\/)/;
const CODES = new Set([0, 1, 2, 3, 5]);

let place: Workplace;
beforeAll(async () => {
  place = makeWorkplace();
  place.write('in.txt', 'one\n');
  place.write(
    't.yaml',
    `steps:
  - { id: a, run: 'echo a; echo x > out.txt', cache: { inputs: [in.txt], outputs: [out.txt] }, artifacts: out.txt }
  - { id: b, once: key, run: echo b }
  - { id: c, lock: door, run: exit 3 }
`,
  );
  await place.run('run', 't.yaml');
  await place.run('run', 't.yaml');
  await place.run('runs', 'list');
  cpSync(join(place.folder, '.giga'), join(place.folder, 'saved'), { recursive: true });
});
afterAll(() => place.remove());

/** What somebody or some disk may have done to the state; `run` is the folder of the newest run. */
const DAMAGES: Readonly<Record<string, (state: string, run: string, other: string) => void>> = {
  'a journal that is empty': (_, run) => truncateSync(join(run, 'journal/1.jsonl'), 0),
  'a journal cut in its first line': (_, run) => truncateSync(join(run, 'journal/1.jsonl'), 40),
  'a journal cut in the middle of a line': (_, run) => truncateSync(join(run, 'journal/1.jsonl'), 900),
  'a journal with a flipped bit': (_, run) => flip(join(run, 'journal/1.jsonl'), 700),
  'a journal of zeros': (_, run) => writeFileSync(join(run, 'journal/1.jsonl'), Buffer.alloc(4000)),
  'a journal of noise': (_, run) =>
    writeFileSync(join(run, 'journal/1.jsonl'), Buffer.from(Array.from({ length: 5000 }, (__, n) => (n * 7919) % 256))),
  'a journal with a tail of noise': (_, run) => appendFileSync(join(run, 'journal/1.jsonl'), 'noise\n\0\0\n{}'),
  'the journal of another run': (_, run, other) => cpSync(join(other, 'journal/1.jsonl'), join(run, 'journal/1.jsonl')),
  'a segment without those before it': (_, run) => cpSync(join(run, 'journal/1.jsonl'), join(run, 'journal/7.jsonl')),
  'no folder of journals': (_, run) => rmSync(join(run, 'journal'), { recursive: true }),
  'a journal that is a folder': (_, run) => replaceByFolder(join(run, 'journal/1.jsonl')),
  'a lock of noise': (_, run) => writeFileSync(join(run, 'lock.1'), 'noise'),
  'no lock': (_, run) => rmSync(join(run, 'lock.1')),
  'a lock that is a folder': (_, run) => replaceByFolder(join(run, 'lock.1')),
  'no plans': (state) => rmSync(join(state, 'plans'), { recursive: true }),
  'plans of noise': (state) => eachFile(join(state, 'plans'), (file) => writeFileSync(file, 'noise')),
  'plans that are JSON, and no plans': (state) =>
    eachFile(join(state, 'plans'), (file) => writeFileSync(file, '{"a":[1]}')),
  'compiled plans of noise': (state) =>
    eachFile(join(state, 'cache/plans'), (file) => writeFileSync(file, '{"files":1}\nnull')),
  'compiled plans of another shape': (state) =>
    eachFile(join(state, 'cache/plans'), (file) => writeFileSync(file, '[]\n{}')),
  'an index of noise': (state) => writeFileSync(join(state, 'index.json'), 'noise'),
  'an index of another shape': (state) =>
    writeFileSync(join(state, 'index.json'), '{"version":1,"runs":[null,{"id":7}]}'),
  'an index that is half there': (state) => truncateSync(join(state, 'index.json'), 30),
  'a layout of noise': (state) => writeFileSync(join(state, 'layout.json'), 'noise'),
  'a layout of a later giga': (state) => writeFileSync(join(state, 'layout.json'), '{"layout":99}'),
  'no logs': (_, run) => rmSync(join(run, 'logs'), { recursive: true }),
  'logs of noise': (_, run) =>
    eachFile(join(run, 'logs'), (file) => writeFileSync(file, Buffer.from([0xff, 0xfe, 0x1b, 0x5b, 0x32, 0x4a]))),
  'no artifacts': (_, run) => rmSync(join(run, 'artifacts'), { recursive: true, force: true }),
  'results of noise': (state) => eachFile(join(state, 'cache/steps'), (file) => writeFileSync(file, 'noise')),
  'results that are JSON, and no results': (state) =>
    eachFile(join(state, 'cache/steps'), (file) => writeFileSync(file, '{"format":1}')),
  'claims of noise': (state) => eachFile(join(state, 'claims'), (file) => writeFileSync(file, 'noise')),
  'keys of noise': (state) => eachFile(join(state, 'once'), (file) => writeFileSync(file, 'noise')),
  'runs that are files': (state) => writeFileSync(join(state, 'runs/zzzz'), 'noise'),
  'a run that is a link to nowhere': (state) => symlinkSync('/nowhere', join(state, 'runs/yyyy')),
  'a run that is empty': (state) => mkdirSync(join(state, 'runs/xxxx')),
  'runs that are no folder': (state) => {
    rmSync(join(state, 'runs'), { recursive: true });
    writeFileSync(join(state, 'runs'), 'noise');
  },
};

function flip(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes[at] = (bytes[at] ?? 0) ^ 4;
  writeFileSync(file, bytes);
}

function replaceByFolder(path: string): void {
  rmSync(path);
  mkdirSync(path);
}

function eachFile(folder: string, change: (file: string) => void): void {
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
    if (statSync(join(folder, name)).isFile()) change(join(folder, name));
}

/** Every file of the state with its content, but for what is only a list of the rest. */
function contentOf(state: string): ReadonlyMap<string, string> {
  const names = readdirSync(state, { recursive: true, encoding: 'utf8' }).filter(
    (name) => !/^index\.|^cache\/plans\b/.test(name),
  );
  return new Map(
    names.map((name) => {
      const stat = statSync(join(state, name), { throwIfNoEntry: false });
      return [
        name,
        stat?.isFile() ? readFileSync(join(state, name), 'latin1') : stat === undefined ? 'gone' : 'folder',
      ];
    }),
  );
}

describe.each(Object.entries(DAMAGES).map(([name, damage], nth) => [name, damage, nth] as const))(
  '%s',
  (_, damage, nth) => {
    test('is told, and left as it is', { timeout: 300_000 }, async () => {
      const state = join(place.folder, '.giga');
      rmSync(state, { recursive: true, force: true });
      cpSync(join(place.folder, 'saved'), state, { recursive: true, preserveTimestamps: true });
      const [newest, older] = readdirSync(join(state, 'runs'))
        .map((id) => join(state, 'runs', id))
        .toSorted((a, b) => statSync(join(b, 'lock.1')).mtimeMs - statSync(join(a, 'lock.1')).mtimeMs);
      damage(state, newest ?? '', older ?? '');
      const before = contentOf(state);
      const wrong: string[] = [];
      for (const command of asked(nth)) {
        const { code, signal, stdout, stderr } = await place.run(...command.split(' '));
        if (signal !== null || !CODES.has(code ?? -1)) wrong.push(`${command}: ${code ?? signal}: ${stderr}`);
        else if (BUG.test(stdout + stderr)) wrong.push(`${command}: ${stdout}${stderr}`);
        else if (code !== 0 && stderr === '' && command !== 'doctor') wrong.push(`${command}: ${code}, and not a word`);
      }
      expect(wrong).toEqual([]);
      expect([...contentOf(state)].filter(([name, content]) => before.get(name) !== content)).toEqual([]);
      expect([...before.keys()].filter((name) => !contentOf(state).has(name))).toEqual([]);
    });
  },
);

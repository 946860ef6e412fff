/** What giga reads of its own state: journals, locks, records, caches. Another process, a disk or a person may have been at them. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { listRuns } from '../../src/app/commands/list-runs.ts';
import { compileText } from '../../src/app/load.ts';
import { openProject } from '../../src/app/project.ts';
import { trustOf } from '../../src/app/trust.ts';
import { runListLines } from '../../src/cli/render/run-lines.ts';
import { painter } from '../../src/cli/render/text.ts';
import { encode, encodeHeader, encodeSeal } from '../../src/core/journal/format.ts';
import { parseSegments } from '../../src/core/journal/parse.ts';
import { summarize } from '../../src/core/journal/summary.ts';
import { sha256 } from '../../src/core/json.ts';
import type { Recorded } from '../../src/core/run/event.ts';
import { upcast } from '../../src/core/run/upcast.ts';
import { createFilePrints } from '../../src/host/cache/file-prints.ts';
import { cacheFolder } from '../../src/host/cache/folder.ts';
import { latestResult, readResult } from '../../src/host/cache/result.ts';
import { realDisk } from '../../src/host/files.ts';
import { readWorkspaceState } from '../../src/host/git/workspace-state.ts';
import { readReport } from '../../src/host/shell/frame.ts';
import { nameOf } from '../../src/host/store/file/claim-name.ts';
import { createFileStore } from '../../src/host/store/file/file-store.ts';
import { machineProcesses, parseHolder } from '../../src/host/store/file/holder.ts';
import { takeCommands } from '../../src/host/store/file/inbox.ts';
import { createRunIndex } from '../../src/host/store/file/index-of-runs.ts';
import { layoutOf } from '../../src/host/store/file/layout.ts';
import { onceRecords } from '../../src/host/store/file/once-records.ts';
import { checkState } from '../../src/host/store/file/state-folder.ts';
import { first, sampleRecords, segment } from '../core/journal/sample.ts';
import { checkDiagnostics, promise, type Target, textOf, times } from './target.ts';
import { JSON_WORDS } from './words.ts';

const folder = mkdtempSync(join(tmpdir(), 'giga-fuzz-state-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const layout = layoutOf(join(folder, '.giga'));
const clock = { wallMs: () => 1_795_167_552_000 };

function put(path: string, bytes: Uint8Array | string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, bytes);
  return path;
}

const written = first(sampleRecords(0, 6, 1));
const journal: Target = {
  name: 'journal',
  run(bytes) {
    const one = { epoch: 1, bytes, file: 'journal/1.jsonl' };
    const alone = parseSegments([one]);
    checkDiagnostics(alone.diagnostics, {});
    promise(
      alone.records.every(({ seq }, at) => seq === at),
      'records out of order',
    );
    promise(alone.durable.seq < alone.records.length, 'more is on disk than there is');
    const after = segment(2, written.mark, 5, []);
    for (const earlier of [bytes, written.bytes])
      for (const later of [bytes, after.bytes])
        checkDiagnostics(
          parseSegments([
            { ...one, bytes: earlier },
            { epoch: 2, bytes: later, file: 'journal/2.jsonl' },
          ]).diagnostics,
          {},
        );
  },
  seeds: [
    written.bytes,
    first(sampleRecords(0, 9, 1), true).bytes,
    segment(2, written.mark, 7, sampleRecords(6, 4, 2), true).bytes,
    first([]).bytes,
    encodeHeader({ epoch: 1, after: { epoch: 0, seq: -1, crc: 0 }, durableUpTo: -1 }).text +
      encodeSeal({ seq: -1, crc: 0 }).text,
  ],
  words: [
    '\n',
    ' {"seq":',
    ' {"seal":',
    '"durableUpTo":',
    '"epoch":',
    '"after":',
    '00000000 ',
    '{"journal":1,',
    '{"journal":2,',
    '9007199254740993',
    '-1',
  ],
  cases: [],
  large: [
    ['beginnings of records', () => `${written.bytes.toString()}${' {"seq":'.repeat(20_000)}`],
    ['beginnings of records in lines', () => `${written.bytes.toString()}${'00000000 {"seq":\n'.repeat(20_000)}`],
    ['seals', () => `${written.bytes.toString()}x${'00000000 {"seal":{"seq":1}}\n'.repeat(20_000)}`],
    ['lines of nothing', times(500_000, '\n')],
    ['brackets', () => `00000000 ${'['.repeat(500_000)}\n`],
  ],
};

/** Records whose checksums hold: written by a later giga, or by somebody else. */
const record: Target = {
  name: 'record',
  run(bytes) {
    const records = textOf(bytes)
      .split('\n')
      .slice(0, 20)
      .flatMap((line, seq) => recordsOf(line, seq));
    const header = encodeHeader({ epoch: 1, after: { epoch: 0, seq: -1, crc: 0 }, durableUpTo: -1 });
    const read = parseSegments([
      { epoch: 1, bytes: Buffer.from(header.text + encode(records, header.crc).text), file: 'journal/1.jsonl' },
    ]);
    checkDiagnostics(read.diagnostics, {});
    promise(read.records.length === records.length || read.diagnostics.length > 0, 'records are lost without a word');
    for (const one of read.records) upcast(one); // any record is one
  },
  seeds: [
    '{"type":"run.created","run":"r","plan":"p","inputs":{},"trigger":"cli","workflow":{"name":"a","file":"b"}}\n{"type":"x-y","v":3}\n{"type":"step.noted"}\n{"type":"run.finished","v":2}',
  ],
  words: ['"type":', '"run.opened"', '"v":', '"seq":', '"epoch":', '"at":', '"durableUpTo":', ...JSON_WORDS],
  cases: [],
  large: [['deep', () => `{"type":"x","a":${'['.repeat(6_000)}${']'.repeat(6_000)}}`]],
};

function recordsOf(line: string, seq: number): readonly Recorded[] {
  try {
    const value: unknown = JSON.parse(line);
    const said = { seq, epoch: 1, at: 0, durableUpTo: -1, ...(typeof value === 'object' ? value : {}) };
    JSON.stringify(said);
    return [said as unknown as Recorded]; // it may be anything
  } catch {
    return [];
  }
}

const index: Target = {
  name: 'index-of-runs',
  async run(bytes) {
    const store = await storeWithRun();
    put(layout.index, bytes);
    const runs = await createRunIndex(store).list();
    promise(runs.length === 1 && runs[0]?.id === 'r1', 'the run is not listed');
    const project = { store } as unknown as Parameters<typeof listRuns>[0]; // it asks for nothing else
    const lines = runListLines(await listRuns(project), painter(false));
    promise(
      lines.every((line) => !/\n/.test(line)),
      'a run has more than a line',
    );
    const summary = summarize([]);
    promise(
      Object.keys(summary).every((key) => Object.hasOwn(runs[0] ?? {}, key)),
      'a summary without all its parts',
    );
  },
  seeds: [
    '{"version":1,"runs":[{"id":"r1","workflow":"w","file":"w.yaml","status":"finished","verdict":"succeeded","startedAt":1795167552000,"endedAt":1795167552000,"pid":1,"epoch":1}]}',
    '{"version":1,"runs":[{"id":"r1","workflow":"w","file":"w.yaml","status":"paused","epoch":1}]}',
  ],
  words: [
    '"version":1',
    '"runs":[',
    '"id":"r1"',
    '"status":',
    '"finished"',
    '"epoch":1',
    '"startedAt":',
    '"verdict":',
    ...JSON_WORDS,
  ],
  cases: [],
  large: [
    ['deep', () => `{"version":1,"runs":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    ['many', () => `{"version":1,"runs":[${'{"id":"r1"},'.repeat(100_000)}{}]}`],
  ],
};

let kept: ReturnType<typeof createFileStore> | null = null;
async function storeWithRun(): Promise<ReturnType<typeof createFileStore>> {
  if (kept !== null) return kept;
  const store = createFileStore({ folder: layout.state, clock });
  const writer = await store.create('r1');
  if (!writer.ok) throw new Error('there is no store');
  writer.value.append([
    { type: 'run.created', run: 'r1', plan: 'p', inputs: {}, trigger: 'cli', workflow: { name: 'w', file: 'w.yaml' } },
    { type: 'run.paused', cause: 'user' },
  ]);
  await writer.value.close();
  kept = store;
  return store;
}

const claims = join(folder, 'claims');
const small: Target = {
  name: 'state-files',
  async run(bytes) {
    const { disk, processes } = { disk: realDisk, processes: machineProcesses() };
    const text = textOf(bytes);
    checkValue(text);
    for (const name of ['held.3', 'wait.2']) put(join(claims, name), bytes);
    const name = nameOf(disk, processes, claims);
    name.newest();
    name.first();
    name.isFirst(9);
    const run = layout.run('inboxes');
    put(join(run.inbox, '7.json'), bytes);
    takeCommands(disk, run, 1, () => {});
    const other = layoutOf(join(folder, 'other'));
    put(other.version, bytes);
    const state = checkState(disk, other);
    if (!state.ok) checkDiagnostics(state.diagnostics, {});
    put(join(other.once, `${sha256('k')}.json`), bytes);
    const once = onceRecords({ disk, layout: other, journalOf: () => null, isHeld: () => false });
    once.doneBefore('k');
    once.keysOf('r1');
    const looked = await once.look('k', { run: 'r9', node: 'n' }, 1);
    if (looked.kind === 'doubt') checkDiagnostics([looked.error], {});
    const event = put(join(folder, 'event.json'), bytes);
    promise(
      /^(?:own|fork .*)$/s.test(
        trustOf({ GITHUB_ACTIONS: 'true', GITHUB_EVENT_NAME: 'pull_request', GITHUB_EVENT_PATH: event }),
      ),
      'trust of nobody',
    );
    for (const line of text.split('\n').slice(0, 5)) readReport(line);
  },
  seeds: [
    '{"run":"r","node":"n","holder":{"pid":1,"host":"h","startTime":"1","boot":null,"pidNamespace":null}}',
    '{"epoch":1,"command":{"kind":"pause","cause":"user"}}',
    '{"layout":1}',
    '{"key":"k","run":"r","node":"n","endedAt":1,"outputs":{"a":1}}',
    '{"key":"k","run":"r","node":"n","startedAt":1}',
    '{"seq":3,"head":null,"files":{"a":"100644 x","__proto__":"y"}}',
    '{"pull_request":{"head":{"repo":{"full_name":"a/b"}},"base":{"repo":{"full_name":"a/b"}}}}',
    '000001 0 1 0\nready 3\n000002 cwd',
  ],
  words: [
    '"run":',
    '"node":',
    '"holder":',
    '"pid":',
    '"host":',
    '"epoch":1',
    '"command":',
    '"layout":',
    '"key":"k"',
    '"endedAt":',
    '"outputs":',
    '"files":',
    ...JSON_WORDS,
  ],
  cases: [],
  large: [
    [
      'deep',
      () => `{"key":"k","run":"r","node":"n","endedAt":1,"outputs":{"a":${'['.repeat(20_000)}${']'.repeat(20_000)}}}`,
    ],
    ['brackets', times(1_000_000, '[')],
  ],
};

function checkValue(text: string): void {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return;
  }
  parseHolder(value);
  const state = readWorkspaceState(value as Parameters<typeof readWorkspaceState>[0]); // out of JSON
  if (state !== null)
    for (const one of Object.values(state.files)) promise(typeof one === 'string', 'a file that is no text');
}

const cacheAt = cacheFolder(join(folder, 'cache'));
const KEY = sha256('key');
const STEP = { trust: 'own', file: 'w.yaml', step: 's' };
const result: Target = {
  name: 'cache-result',
  run(bytes) {
    const text = textOf(bytes);
    for (const whole of [bytes, `${sha256(text)}\n${text}`]) {
      put(cacheAt.result(KEY), whole);
      put(cacheAt.latestOf(STEP), whole);
      const read = readResult(cacheAt, KEY);
      if (read !== null && read !== 'damaged') promise(Array.isArray(read.made), 'a result without files');
      latestResult(cacheAt, STEP);
    }
    put(cacheAt.files, bytes);
    createFilePrints(folder, cacheAt, clock).close();
  },
  seeds: [
    JSON.stringify({
      format: 1,
      ...STEP,
      machine: 'm',
      of: 'o',
      key: KEY,
      run: 'r',
      endedAt: 1,
      durationMs: 1,
      ttlMs: null,
      parts: {},
      env: {},
      files: {},
      outputs: { a: 1 },
      made: [{ path: 'a', print: `f:${KEY}`, size: 1 }],
    }),
    `"${KEY}"`,
    `{"a.ts":["1 2 3 4 5",1,"${KEY}"]}`,
  ],
  words: [
    '"format":1',
    '"made":[',
    '"path":',
    '"print":',
    '"size":',
    `"key":"${KEY}"`,
    '"l:x"',
    '"../x"',
    ...JSON_WORDS,
  ],
  cases: [],
  large: [['deep', () => `{"format":1,"parts":${'['.repeat(100_000)}${']'.repeat(100_000)}}`]],
};

const WORKFLOW = 'name: n\nsteps:\n  - run: echo a\n  - set: { b: 1 }\n';
const projectFolder = join(folder, 'project');
interface Remembered {
  readonly file: string;
  readonly text: Buffer;
  readonly plan: string;
}
let remembered: Remembered | null = null;

async function compiled(): Promise<{ readonly hash: string; readonly plan: string; remember(): void }> {
  const opened = await openProject({ cwd: projectFolder, env: { XDG_CONFIG_HOME: projectFolder } });
  if (!opened.ok) throw new Error('there is no project');
  const { value, diagnostics } = await compileText(opened.value, join(projectFolder, 'w.yaml'), WORKFLOW);
  checkDiagnostics(diagnostics, { 'w.yaml': WORKFLOW });
  promise(value !== null, 'there is no plan');
  return { hash: value.hash, plan: JSON.stringify(value.plan), remember: value.remember };
}

/** What a workflow compiles to, as it is remembered in a file. */
async function rememberedPlan(): Promise<Remembered> {
  if (remembered !== null) return remembered;
  mkdirSync(join(projectFolder, '.giga'), { recursive: true });
  const { plan, remember } = await compiled();
  remember();
  const plans = join(projectFolder, '.giga', 'cache', 'plans');
  const file = join(plans, readdirSync(plans)[0] ?? '');
  remembered = { file, text: readFileSync(file), plan };
  return remembered;
}

/** The input says where the remembered plan is damaged, how far, and by what. */
const planCache: Target = {
  name: 'plan-cache',
  async run(bytes) {
    const { file, text, plan } = await rememberedPlan();
    const at = bytes.length < 3 ? 0 : bytes.readUInt16LE(0) % text.length;
    const upTo = at + (bytes[2] ?? 0);
    const damaged = Buffer.concat([text.subarray(0, at), bytes.subarray(3), text.subarray(upTo)]);
    for (const one of [damaged, bytes]) {
      put(file, one);
      promise((await compiled()).plan === plan, 'what was damaged is believed');
    }
  },
  seeds: ['\0\0\0', 'ab\x01x', `zz\0${' '.repeat(5)}`, '\x40\x01\x04fail'],
  words: ['\n', '"hash":', '"warnings":', '"texts":', '"v":', '"root":', 'a', 'b', '1', ...JSON_WORDS],
  cases: [],
  large: [['deep', () => `{"hash":"x","warnings":[],"texts":{}}\n${'['.repeat(100_000)}${']'.repeat(100_000)}`]],
};

export const STATE: readonly Target[] = [journal, record, index, small, result, planCache];

/** One life of a run: started, killed and resumed some times, and brought to its end. Knows no shape, and leaves the judgement to examine.ts. */
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { openProject, type Project } from '../../src/app/project.ts';
import { type Finished, makeWorkplace, type Started, type Workplace } from './giga.ts';
import type { Shape } from './shapes.ts';

type Chance = (below: number) => number;

/** How long an undisturbed life is: by that the moments of the kills are drawn. */
export interface Span {
  readonly records: number;
  readonly ms: number;
}

export interface Told {
  /** Whole ones. */
  readonly lines: readonly string[];
  readonly marksAfter: number;
}

export interface Life {
  readonly place: Workplace;
  readonly project: Project;
  /** What was printed, and how many bytes of marks there were right after it, process by process. */
  readonly told: readonly Told[];
  readonly last: Finished;
  /** What was done, for whoever reads of a failure. */
  readonly story: readonly string[];
}

const KILLS_LIMIT = 4;
/** More processes than this for one run, and something goes in circles. */
const LIVES_LIMIT = 12;

export async function liveOnce(shape: Shape, chance: Chance, span: Span | null): Promise<Life> {
  const place = settle(shape);
  const project = await projectOf(place);
  const told: Told[] = [];
  const story: string[] = [];
  let kills = span === null ? 0 : 1;
  while (kills > 0 && kills < KILLS_LIMIT && chance(3) === 0) kills += 1;
  for (let lives = 0; ; lives++) {
    const command = await nextCommand(project, story.at(-1) ?? '');
    const started = place.start(...command, '--json');
    if (span !== null && kills > 0) {
      kills -= 1;
      story.push(await killSometime(started, chance, span));
    }
    const last = await started.finished;
    told.push({ lines: wholeLines(last.stdout), marksAfter: existsSync(place.marks) ? statSync(place.marks).size : 0 });
    story.push(`${command.join(' ')}: ${last.code ?? last.signal}`);
    if (last.signal === null && (last.code !== 5 || !isWaiting(last))) return { place, project, told, last, story };
    if (lives > LIVES_LIMIT) throw new Error(`no end: ${story.join('; ')}`);
  }
}

function settle(shape: Shape): Workplace {
  const place = makeWorkplace();
  for (const [name, text] of Object.entries(shape.files)) place.write(name, text);
  if (shape.git) {
    place.write('.gitignore', '.giga\n');
    for (const args of [
      ['init', '-q'],
      ['add', '-A'],
      [...COMMITTER, 'commit', '-qm', 'base'],
    ])
      if (spawnSync('git', args, { cwd: place.folder }).status !== 0) throw new Error('git does not work here');
  }
  return place;
}
const COMMITTER = ['-c', 'user.name=t', '-c', 'user.email=t@localhost'];

async function projectOf({ folder, env }: Workplace): Promise<Project> {
  const opened = await openProject({ cwd: folder, env });
  if (!opened.ok) throw new Error(opened.diagnostics[0]?.message);
  return opened.value;
}

/** What someone does who wants the run to go on: it is begun anew only where there is nothing of it. */
async function nextCommand(project: Project, before: string): Promise<readonly string[]> {
  const [newest] = await project.store.list();
  if (newest === undefined) return ['run', 't.yaml'];
  const read = await project.store.read(newest);
  if (!read.ok || read.value.records.length === 0) return ['run', 't.yaml'];
  return before.endsWith(': 5') ? ['approve', '--as', 'someone', '--verdict', 'approve'] : ['resume'];
}

const isWaiting = ({ stderr }: Finished): boolean => stderr.includes('giga approve');

/** Mostly when so many records were told, and a little later; at times at a time of the clock, which also meets the start. */
async function killSometime({ child, finished }: Started, chance: Chance, { records, ms }: Span): Promise<string> {
  const byClock = chance(4) === 0;
  const delayMs = byClock ? chance(ms) : chance(6);
  const lines = chance(records);
  let [seen, isOver] = [0, false];
  const ended = finished.then(() => (isOver = true));
  const reached = new Promise<void>((resolve) => {
    if (lines === 0) resolve();
    child.stdout?.on('data', (chunk: Buffer) => {
      seen += chunk.toString('latin1').split('\n').length - 1;
      if (seen >= lines) resolve();
    });
  });
  if (!byClock) await Promise.race([reached, ended]);
  if (delayMs > 0 && !isOver) await Promise.race([sleep(delayMs), ended]);
  child.kill('SIGKILL');
  return byClock ? `kill after ${delayMs} ms` : `kill ${delayMs} ms after ${lines} lines`;
}

/** The last piece may be torn. */
function wholeLines(text: string): readonly string[] {
  return text.split('\n').slice(0, -1);
}

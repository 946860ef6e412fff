/** One life of a run: started, killed and resumed some times, and brought to its end. Knows no shape, and leaves the judgement to examine.ts. */
import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { openProject, type Project } from '../../src/app/project.ts';
import { type Finished, makeWorkplace, type Workplace } from './giga.ts';
import type { Shape } from './shapes.ts';

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

/** More processes than this for one run, and something goes in circles. */
const LIVES_LIMIT = 12;

/** Starts the process that is the how-manieth of the run, from 0, and does to it what is to be done; gives its end and what was done. */
export type Disturb = (place: Workplace, command: readonly string[], nth: number) => Promise<Disturbed>;
interface Disturbed {
  readonly finished: Finished;
  readonly what: string;
}

/** Goes on until nothing is left to do, or until a process that was not killed fails in a way that is `final`. */
export async function liveOnce(
  shape: Shape,
  disturb: Disturb,
  isFinal: (end: Finished) => boolean = (end) => end.signal === null,
): Promise<Life> {
  const place = settle(shape);
  const project = await projectOf(place);
  const told: Told[] = [];
  const story: string[] = [];
  let isAsked = false;
  for (let nth = 0; ; nth++) {
    const command = await nextCommand(project, isAsked);
    const { finished: last, what } = await disturb(place, [...command, '--json'], nth);
    const marksAfter = existsSync(place.marks) ? statSync(place.marks).size : 0;
    told.push({ lines: wholeLines(last.stdout), marksAfter });
    story.push(`${what}${command.join(' ')}: ${last.code ?? last.signal}`);
    isAsked = isWaiting(last);
    if (last.code === 0 || (isFinal(last) && !isAsked)) return { place, project, told, last, story };
    if (nth > LIVES_LIMIT) throw new Error(`no end: ${story.join('; ')}; ${last.stderr}`);
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
async function nextCommand(project: Project, isAsked: boolean): Promise<readonly string[]> {
  const [newest] = await project.store.list();
  if (newest === undefined) return ['run', 't.yaml'];
  const read = await project.store.read(newest);
  if (!read.ok || read.value.records.length === 0) return ['run', 't.yaml'];
  return isAsked ? ['approve', '--as', 'someone', '--verdict', 'approve'] : ['resume'];
}

const isWaiting = ({ code, stderr }: Finished): boolean => code === 5 && stderr.includes('giga approve');

/** Of what was printed the records; the last piece may be torn. */
function wholeLines(text: string): readonly string[] {
  return text
    .split('\n')
    .slice(0, -1)
    .filter((line) => line.startsWith('{"seq":'));
}

/** What must hold of every run that was killed and brought to its end. Each finding is a sentence; none is a pass. */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { listRuns } from '../../src/app/commands/list-runs.ts';
import { verifyRun } from '../../src/app/commands/verify-run.ts';
import { machineProcesses, parseHolder } from '../../src/host/store/file/holder.ts';
import { journalLines, type Workplace } from './giga.ts';
import type { Life } from './life.ts';
import type { Shape } from './shapes.ts';
import { survivorsOf } from './survivors.ts';

interface Event {
  readonly type: string;
  readonly node?: string;
  readonly result?: string;
}

export async function examine(life: Life, shape: Shape): Promise<readonly string[]> {
  const { place, project, last } = life;
  if (last.code !== 0) return [`it ended with ${last.code ?? last.signal}: ${last.stderr}`];
  const [run = ''] = await project.store.list();
  const marks = marksOf(place, run);
  return [
    ...unwritten(life, run),
    ...shape.steps.flatMap((path) => (endsOf(marks, path) === 0 ? [`${path} never came to its end`] : [])),
    ...repeated(life, shape, marks),
    ...atOnce(marks),
    ...wrongLines(place, shape),
    ...(await notFollowing(life, run)),
    ...(await misindexed(life)),
    ...(await held(life, run)),
    ...(await survivorsOf(place)).map((who) => `${who} lives on`),
  ];
}

/** Everything that was told is in the journal, to the letter. */
function unwritten({ place, told }: Life, run: string): readonly string[] {
  const runs = join(place.folder, '.giga', 'runs');
  const kept = new Set(readdirSync(runs).flatMap((id) => journalLines(join(runs, id)).map((line) => line.slice(9))));
  const lost = told
    .flatMap(({ lines }) => lines)
    .filter((line) => !kept.has(line) && !line.includes('"nothing-to-do"'));
  return lost.map((line) => `told, but not in a journal (${run}): ${line}`);
}

interface Mark {
  /** `+` when it begins, `-` at its end. */
  readonly kind: string;
  readonly path: string;
  /** Where it stands in the file. */
  readonly at: number;
}

function marksOf({ marks }: Workplace, run: string): readonly Mark[] {
  if (!existsSync(marks)) return [];
  const lines = [...readFileSync(marks, 'latin1').matchAll(/^([+-]) ([^/\n]*)\/(.*)\/\d+$/gm)];
  return lines.flatMap(({ index, 1: kind = '', 2: of, 3: path = '' }) =>
    of === run ? [{ kind, path, at: index }] : [],
  );
}

const endsOf = (marks: readonly Mark[], path: string): number =>
  marks.filter((mark) => mark.kind === '-' && mark.path === path).length;

/** Once its success was told, a step does nothing any more. */
function repeated({ told }: Life, shape: Shape, marks: readonly Mark[]): readonly string[] {
  return told.flatMap(({ lines, marksAfter }) => {
    const events = lines.map((line) => JSON.parse(line) as Event);
    const done = events.filter(({ type, result }) => type === 'step.settled' && result === 'succeeded');
    const paths = done.map(({ node = '' }) => node).filter((path) => shape.steps.includes(path));
    const again = new Set(marks.filter(({ at }) => at >= marksAfter).map(({ path }) => path));
    return paths.flatMap((path) => (again.has(path) ? [`${path} had finished, and was done again`] : []));
  });
}

/** Once another attempt of a step has begun, the one before has no end any more. */
function atOnce(marks: readonly Mark[]): readonly string[] {
  const open = new Map<string, number>();
  const wrong: string[] = [];
  for (const { kind, path } of marks) {
    if (kind === '+') open.set(path, 1);
    else if (open.get(path) !== 1) wrong.push(`${path} was done twice at once`);
    else open.set(path, 0);
  }
  return wrong;
}

function wrongLines({ folder }: Workplace, { lines = {} }: Shape): readonly string[] {
  return Object.entries(lines).flatMap(([name, expected]) => {
    const path = join(folder, name);
    const found = existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
    return found.join() === expected.join() ? [] : [`${name} holds ${JSON.stringify(found)}`];
  });
}

async function notFollowing({ project }: Life, run: string): Promise<readonly string[]> {
  const verified = await verifyRun(project, run);
  if (!verified.ok) return verified.diagnostics.map(({ message }) => message);
  return verified.value.mismatches.map((mismatch) => `does not follow: ${JSON.stringify(mismatch)}`);
}

/** The index says what the journals say. */
async function misindexed({ project, place }: Life): Promise<readonly string[]> {
  const kept = await listRuns(project);
  rmSync(join(place.folder, '.giga', 'index.json'), { force: true });
  const anew = await listRuns(project);
  const wrong = JSON.stringify(kept) === JSON.stringify(anew) ? [] : ['the index says other things than the journals'];
  return kept[0]?.state === 'succeeded' ? wrong : [...wrong, `the list says that the run is ${kept[0]?.state}`];
}

/** Whoever was killed holds nothing. */
function isAlive(claim: string): boolean {
  const { holder } = JSON.parse(readFileSync(claim, 'utf8')) as { holder: unknown };
  const parsed = parseHolder(holder);
  return parsed === null || machineProcesses().liveness(parsed) !== 'dead';
}

/** Nothing is held any more: not the run, no lock, no worktree. */
async function held({ project, place }: Life, run: string): Promise<readonly string[]> {
  const wrong: string[] = [];
  if ((await project.store.holder(run)) !== null) wrong.push('the run is still held');
  const state = join(place.folder, '.giga');
  const below = (folder: string): string[] => (existsSync(join(state, folder)) ? readdirSync(join(state, folder)) : []);
  for (const name of below('worktrees')) wrong.push(`the worktree ${name} is left`);
  for (const name of below('claims')) {
    const files = below(join('claims', name));
    const newest = Math.max(0, ...files.flatMap((file) => (/^held\.\d+$/.test(file) ? [Number(file.slice(5))] : [])));
    const isFree = newest === 0 || files.includes(`held.${newest}.free`);
    if (!isFree && isAlive(join(state, 'claims', name, `held.${newest}`)))
      wrong.push(`the claim ${name} is still held`);
  }
  return wrong;
}

/** Makes the journal of a golden run with the giga of today: its workflow is run in a folder of its own, as its `commands` say. Knows no view. */
import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeWorkplace } from '../../torture/giga.ts';

/** Lines of bash in `commands`, in which `giga` is the command; without the file: one run. */
export async function makeGoldenRun(folder: string): Promise<void> {
  const place = makeWorkplace();
  cpSync(folder, place.folder, { recursive: true });
  const files = readdirSync(folder);
  const lines = files.includes('commands') ? readFileSync(join(folder, 'commands'), 'utf8') : 'giga run t.yaml\n';
  const script = `giga() { "${process.execPath}" "${join(process.cwd(), 'dist/giga.cjs')}" "$@" || true; }\n${lines}`;
  const { stderr } = await place.launch('bash', ['-c', script]).finished;
  console.log(`${folder}\n${stderr}`);
  const state = join(place.folder, '.giga');
  const runs = readdirSync(join(state, 'runs'));
  if (runs.length !== 1) throw new Error(`${folder}: ${runs.length} runs`);
  mkdirSync(join(folder, 'plans'));
  cpSync(join(state, 'runs', runs[0] ?? '', 'journal'), join(folder, 'journal'), { recursive: true });
  cpSync(join(state, 'plans'), join(folder, 'plans'), { recursive: true });
  place.remove();
}

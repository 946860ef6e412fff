/** `giga doctor [--repair]`. */
import type { Finding } from '../../app/commands/doctor.ts';
import type { Call } from '../command-spec.ts';
import { EXIT } from '../exit-code.ts';
import { openProject } from '../open-project.ts';
import { column, harmless, type Paint, painter } from '../render/text.ts';

export async function perform(call: Call): Promise<number> {
  const project = await openProject(call);
  if (!project.ok) return project.code;
  const { examine } = await import('../../app/commands/doctor.ts');
  let isWell = true;
  for await (const finding of examine(project.value, call.flags.on('repair'))) {
    if (finding.state === 'error') isWell = false;
    if (call.json) call.io.out.write(`${JSON.stringify({ type: 'finding', ...finding })}\n`);
    else call.io.out.write(`${findingLines(finding, painter(call.outColor)).join('\n')}\n`);
  }
  return isWell ? EXIT.done : EXIT.failed;
}

const LOOKS = {
  ok: ['good', '✔ ok     '],
  warning: ['warn', '! warning'],
  error: ['bad', '✘ error  '],
} as const;
const CHECK_CELLS = 10;

export function findingLines({ check, state, found, hint }: Finding, paint: Paint): string[] {
  const [tone, word] = LOOKS[state];
  const line = `${paint(tone, word)}  ${column(check, Math.max(CHECK_CELLS, check.length))}  ${harmless(found)}`;
  return hint === undefined ? [line] : [line, `  = help: ${hint}`];
}

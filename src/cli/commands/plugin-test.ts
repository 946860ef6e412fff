/** `giga plugin test [FILES…]`: cases and made-up values at every level of isolation; exit code 1 where one comes to something else. */
import { constants } from 'node:os';
import type { CaseResult } from '../../app/commands/plugin-test.ts';
import type { Diagnostic } from '../../core/diagnostic/diagnostic.ts';
import { ISOLATIONS } from '../../core/plugin.ts';
import type { Call } from '../command-spec.ts';
import { EXIT, exitCodeOf } from '../exit-code.ts';
import { openProject, take } from '../open-project.ts';
import { hearSignals } from '../plugin-signals.ts';
import { printProblems } from '../render/problems.ts';
import { harmless, painter } from '../render/text.ts';

const MADE_UP = 20;

interface Counts {
  passed: number;
  failed: number;
}

export async function perform(call: Call): Promise<number> {
  const { flags, io } = call;
  const project = await openProject(call);
  if (!project.ok) return project.code;
  const { pluginsAsked } = await import('../../app/commands/plugin-files.ts');
  const asked = take(call, await pluginsAsked(project.value, call.args));
  if (!asked.ok) return asked.code;
  const { testPlugin } = await import('../../app/commands/plugin-test.ts');
  const heard = hearSignals();
  const seed = flags.count('seed') ?? 1;
  const counts: Counts = { passed: 0, failed: 0 };
  const broken: Diagnostic[] = [];
  for (const plugin of asked.value) {
    const options = {
      isolation: ISOLATIONS.find((one) => one === flags.text('isolation')) ?? null,
      only: flags.text('only') ?? null,
      madeUp: flags.count('made-up') ?? MADE_UP,
      seed,
      signal: heard.signal,
      unguarded: heard.leave,
    };
    const tested = await testPlugin(project.value, plugin, options, (result) => tell(call, counts, result));
    if (heard.by !== null) return 128 + constants.signals[heard.by];
    printProblems(tested.diagnostics, call);
    broken.push(...tested.diagnostics);
    for (const level of tested.skipped)
      io.err.write(`○ ${harmless(tested.file)} · not at ${level}: it imports modules of Node\n`);
  }
  return finish(call, counts, broken, seed);
}

function tell(call: Call, counts: Counts, result: CaseResult): void {
  const { file, name, isolation, problems } = result;
  const passed = problems.length === 0;
  counts[passed ? 'passed' : 'failed'] += 1;
  if (call.json) call.io.out.write(`${JSON.stringify({ type: 'plugin.tested', passed, ...result })}\n`);
  const paint = painter(call.color);
  const mark = passed ? paint('good', '✔') : paint('bad', '✘');
  call.io.err.write(`${mark} ${harmless(file)} · ${harmless(name)} · ${isolation}\n`);
  printProblems(problems, { ...call, json: false });
}

function finish(call: Call, { passed, failed }: Counts, broken: readonly Diagnostic[], seed: number): number {
  if (call.json) call.io.out.write(`${JSON.stringify({ type: 'plugin.tests', passed, failed, seed })}\n`);
  const isWell = failed === 0 && broken.length === 0;
  const line = `CASES ${passed} passed, ${failed} failed · made up with seed ${seed}`;
  call.io.err.write(`${painter(call.color)(isWell ? 'good' : 'bad', line)}\n`);
  return failed > 0 ? EXIT.failed : exitCodeOf(broken);
}

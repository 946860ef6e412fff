/** `giga plugin run NAME/STEP|FILE#STEP [--with name=value …]`: what the step gives, as JSON. */
import { constants } from 'node:os';
import { ISOLATIONS } from '../../core/plugin.ts';
import type { Call } from '../command-spec.ts';
import { EXIT, exitCodeOf } from '../exit-code.ts';
import { openProject, take } from '../open-project.ts';
import { type Heard, hearSignals } from '../plugin-signals.ts';
import { printProblems } from '../render/problems.ts';
import { harmless } from '../render/text.ts';

export async function perform(call: Call): Promise<number> {
  const { flags, io } = call;
  const project = await openProject(call);
  if (!project.ok) return project.code;
  const { callStep, prepareStep } = await import('../../app/commands/plugin-run.ts');
  const workflow = flags.text('workflow');
  const isolation = ISOLATIONS.find((one) => one === flags.text('isolation'));
  const heard = hearSignals();
  const ready = take(
    call,
    await prepareStep(project.value, {
      target: call.args[0] ?? '',
      given: flags.list('with'),
      config: flags.list('config'),
      ...(isolation && { isolation }),
      ...(workflow !== undefined && { workflow }),
    }),
  );
  if (!ready.ok) return ready.code;
  const { plugin, step } = ready.value.request;
  if (plugin.isolation === 'none') heard.leave();
  const progress = (line: string): void => {
    if (call.json) io.out.write(`${JSON.stringify({ type: 'plugin.progress', line })}\n`);
    else io.err.write(`${harmless(line)}\n`);
  };
  const answer = await callStep(project.value, ready.value, { signal: heard.signal, progress });
  if (heard.signal.aborted) return stoppedCode(heard);
  const { outcome, outputs, error } = answer;
  if (call.json)
    await io.out.writeAll(`${JSON.stringify({ type: 'plugin.ran', plugin: plugin.name, step, ...answer })}\n`);
  else if (outcome === 'succeeded') await io.out.writeAll(`${JSON.stringify(outputs, null, 2)}\n`);
  if (error !== undefined && !call.json) printProblems([error], call);
  return outcome === 'succeeded' ? EXIT.done : error === undefined ? EXIT.failed : exitCodeOf([error]);
}

function stoppedCode({ by }: Heard): number {
  return by === null ? EXIT.failed : 128 + constants.signals[by];
}

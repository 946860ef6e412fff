/** `giga prove [FILE]`: kills the workflow at its kill points, in memory and with fakes, and shows where it comes to another end. */
import { gatherInputs } from '../../app/commands/inputs.ts';
import type { ProveOptions } from '../../app/commands/prove.ts';
import { type Diagnostic, problem, type Result } from '../../core/diagnostic/diagnostic.ts';
import type { Plan } from '../../core/plan/plan.ts';
import { parseDuration } from '../../core/units.ts';
import type { Call } from '../command-spec.ts';
import { EXIT, exitCodeOfEnd } from '../exit-code.ts';
import { type LoadedWorkflow, loadNamed } from '../load-workflow.ts';
import { refuse, take } from '../open-project.ts';
import { proofJson, proofLines } from '../render/proof-lines.ts';
import { realLines } from '../render/real-lines.ts';
import { painter } from '../render/text.ts';

const USUAL_SEED = 1;

export async function perform(call: Call): Promise<number> {
  const loaded = await loadNamed(call);
  if (!loaded.ok) return loaded.code;
  const { project, file, plan } = loaded.value;
  const options = take(call, await optionsOf(call, plan));
  if (!options.ok) return options.code;
  const { proveWorkflow } = await import('../../app/commands/prove.ts');
  const proved = take(call, await proveWorkflow(project, file, loaded.value.loaded, options.value));
  if (!proved.ok) return proved.code;
  if (call.flags.on('allow-secrets') && !call.flags.on('real'))
    return refuse(call, [problem('CLI_USAGE', '--allow-secrets goes with --real.')]);
  const asked = { workflow: call.args[0] ?? '', seed: options.value.seed, downMs: options.value.downMs };
  const print = (line: string): void => {
    call.io.out.write(`${line}\n`);
  };
  if (call.json) for (const record of proofJson(proved.value, asked)) print(JSON.stringify(record));
  else for (const line of proofLines(proved.value, asked, painter(call.outColor))) print(line);
  const code = call.flags.on('real') ? await doForReal(call, loaded.value, options.value) : EXIT.done;
  if (code !== EXIT.done) return code;
  const isStrict = call.flags.on('strict') && proved.value.repeats.length > 0;
  return isStrict || proved.value.cases.some(({ proof }) => proof.failed > 0) ? EXIT.failed : EXIT.done;
}

const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

async function doForReal(call: Call, { project, loaded }: LoadedWorkflow, { given }: ProveOptions): Promise<number> {
  const { proveForReal } = await import('../../app/commands/prove-real.ts');
  const stop = new AbortController();
  const hear = (): void => stop.abort();
  for (const signal of SIGNALS) process.on(signal, hear);
  const allowSecrets = call.flags.on('allow-secrets');
  const real = take(call, await proveForReal(project, loaded, { given, allowSecrets, signal: stop.signal }));
  for (const signal of SIGNALS) process.off(signal, hear);
  if (!real.ok) return real.code;
  const lines = call.json
    ? real.value.steps.map((step) => JSON.stringify({ type: 'real', ...step }))
    : realLines(real.value, painter(call.outColor));
  for (const line of lines) call.io.out.write(`${line}\n`);
  return real.value.end.kind === 'waiting' ? EXIT.done : exitCodeOfEnd(real.value.end);
}

async function optionsOf({ flags, io, cwd }: Call, plan: Plan): Promise<Result<ProveOptions>> {
  const file = flags.text('inputs');
  const sources = { pairs: flags.list('input'), env: io.env, cwd, ...(file === undefined ? {} : { file }) };
  const given = await gatherInputs(plan, sources);
  if (!given.ok) return given;
  const at = flags.list('at').map((seq) => (/^\d+$/.test(seq) ? Number(seq) : Number.NaN));
  if (at.some(Number.isNaN)) return usage('--at takes the number of a record.');
  const down = flags.text('down');
  const downMs = down === undefined ? 0 : parseDuration(down);
  if (downMs === null) return usage('--down takes a duration, such as `30s` or `1h30m`.');
  const only = flags.text('only');
  return {
    ok: true,
    value: {
      given: given.value,
      seed: flags.count('seed') ?? USUAL_SEED,
      most: flags.count('points') ?? null,
      downMs,
      ...(only !== undefined && { only }),
      ...(at.length > 0 && { at }),
    },
  };
}

function usage(message: string): { readonly ok: false; readonly diagnostics: readonly Diagnostic[] } {
  return { ok: false, diagnostics: [problem('CLI_USAGE', message)] };
}

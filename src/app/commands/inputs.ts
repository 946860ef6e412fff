/** Gathers what was given as inputs of a run: by `-i`, in a file, in the environment. What it means under a plan is checked elsewhere. */
import { type Diagnostic, hasErrors, problem, type Result } from '../../core/diagnostic/diagnostic.ts';
import { type GivenInput, inputVariable } from '../../core/plan/inputs.ts';
import type { Plan } from '../../core/plan/plan.ts';
import { readUserFile } from './user-file.ts';

export interface InputSources {
  /** `-i name=value`, as given. */
  readonly pairs: readonly string[];
  /** `--inputs`, relative to `cwd`. */
  readonly file?: string;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
}

/** Strongest first: `-i`, the file, `GIGA_INPUT_NAME`. */
export async function gatherInputs(plan: Plan, sources: InputSources): Promise<Result<Map<string, GivenInput>>> {
  const given = new Map<string, GivenInput>();
  for (const name of Object.keys(plan.inputs)) {
    const variable = inputVariable(name);
    const value = sources.env[variable];
    if (value !== undefined) given.set(name, { value, form: 'text', origin: variable });
  }
  const diagnostics: Diagnostic[] = [];
  if (sources.file !== undefined) diagnostics.push(...(await readInputFile(plan, sources.file, sources.cwd, given)));
  diagnostics.push(...readPairs(sources.pairs, given));
  return hasErrors(diagnostics) ? { ok: false, diagnostics } : { ok: true, value: given };
}

function readPairs(pairs: readonly string[], given: Map<string, GivenInput>): Diagnostic[] {
  const seen = new Set<string>();
  return pairs.flatMap((pair) => {
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
    if (name === undefined || value === undefined) {
      return [problem('CLI_USAGE', `-i takes \`name=value\`; it was given "${pair}".`)];
    }
    if (seen.has(name)) return [problem('CLI_INPUT', `The input \`${name}\` is given twice with -i.`)];
    seen.add(name);
    given.set(name, { value, form: 'text', origin: `-i ${name}` });
    return [];
  });
}

async function readInputFile(
  plan: Plan,
  file: string,
  cwd: string,
  given: Map<string, GivenInput>,
): Promise<readonly Diagnostic[]> {
  const read = readUserFile(cwd, file, '--inputs');
  if (!read.ok) return read.diagnostics;
  const [{ readTree }, { jsonOf }] = await Promise.all([
    import('../config/read-tree.ts'),
    import('../../lang/compile/tree.ts'),
  ]);
  const { value: tree, diagnostics } = await readTree(read.value, file); // JSON is YAML
  if (hasErrors(diagnostics)) return diagnostics;
  if (tree !== null && tree.kind !== 'map')
    return [problem('CLI_INPUT', `The file "${file}" of --inputs must hold a map of inputs.`)];
  for (const { key, value } of tree?.entries ?? []) {
    // A number where text is wanted keeps its source: 3.10 stays 3.10.
    const wantsText = Object.hasOwn(plan.inputs, key) && plan.inputs[key]?.type === 'string';
    const asWritten = wantsText && value.kind === 'scalar' && value.value !== null;
    given.set(key, {
      value: asWritten ? textOf(value.value, value.source) : jsonOf(value),
      form: 'value',
      origin: file,
    });
  }
  return diagnostics;
}

function textOf(value: string | number | boolean | null, source: string): string {
  return typeof value === 'string' ? value : source;
}

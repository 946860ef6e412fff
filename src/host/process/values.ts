/** What the system cannot pass to a program, found before it is tried. */
import { type Diagnostic, problem } from '../../core/diagnostic/diagnostic.ts';
import type { ProcessSpec } from '../../core/process.ts';

const HINT = 'Give such data by `stdin`, or in a file.';
/** Environments are shared by the steps of a run: each is looked at once. */
const checked = new WeakSet<object>();

/** The first argument or variable that no program can get, or null. */
export function valueProblem(spec: ProcessSpec): Diagnostic | null {
  const { program } = spec;
  const texts = program.kind === 'argv' ? program.argv : [program.script];
  const index = texts.findIndex((text) => text.includes('\0'));
  if (index >= 0) {
    const what = program.kind === 'argv' ? `Item ${index + 1} of the list` : 'The script';
    return problem('STEP_BAD_VALUE', `${what} holds a NUL character, which no program can get as an argument.`, {
      hint: HINT,
    });
  }
  const wrong = variableProblem(spec.variables);
  if (wrong !== null || checked.has(spec.environment)) return wrong;
  const inherited = variableProblem(spec.environment);
  if (inherited === null) checked.add(spec.environment);
  return inherited;
}

function variableProblem(variables: Readonly<Record<string, string>>): Diagnostic | null {
  for (const name in variables) {
    if (name === '' || name.includes('=') || name.includes('\0')) {
      return problem('STEP_BAD_VALUE', `${JSON.stringify(name)} cannot be the name of a variable.`, {
        hint: 'Rename it in `env`.',
      });
    }
    if (variables[name]?.includes('\0')) {
      return problem('STEP_BAD_VALUE', `The variable \`${name}\` holds a NUL character, which no program can get.`, {
        hint: HINT,
      });
    }
  }
  return null;
}

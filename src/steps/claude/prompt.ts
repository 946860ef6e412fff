/** Makes the texts of a prompt file with the values that it is given. Pure; knows no models. */
import { type Diagnostic, problem, type Result } from '../../core/diagnostic/diagnostic.ts';
import type { Template } from '../../core/expr/ast.ts';
import { evaluateTemplate } from '../../core/expr/evaluate.ts';
import { bareObject, type Json, type JsonObject } from '../../core/json.ts';
import type { PromptFile } from '../../core/plan/claude-request.ts';
import { validateJson } from '../../core/schema/validate.ts';

export interface FilledPrompt {
  readonly prompt: string;
  readonly system?: string;
}

export function fillPrompt(file: PromptFile, given: JsonObject): Result<FilledPrompt> {
  const values: [string, Json][] = [];
  for (const [name, { default: usual = null, required, schema }] of Object.entries(file.inputs)) {
    const value = given[name] ?? usual;
    values.push([name, value]);
    const [fault] = value === null && !required ? [] : value === null ? [MISSING] : validateJson(value, schema);
    if (fault !== undefined) return { ok: false, diagnostics: [unfit(file, name, fault)] };
  }
  const inputs = bareObject(values);
  const prompt = textOf(file, file.prompt, inputs);
  if (!prompt.ok) return prompt;
  if (file.system === undefined) return { ok: true, value: { prompt: prompt.value } };
  const system = textOf(file, file.system, inputs);
  return system.ok ? { ok: true, value: { prompt: prompt.value, system: system.value } } : system;
}

const MISSING = { path: '', message: 'is required, and has no value' };

function textOf({ path }: PromptFile, template: Template, inputs: JsonObject): Result<string> {
  const evaluated = evaluateTemplate(template, {
    context: (name) => (name === 'inputs' ? inputs : undefined),
    captured: () => undefined,
  });
  if (evaluated.kind === 'value') return { ok: true, value: String(evaluated.value) };
  const { code, message, hint } =
    evaluated.kind === 'error' ? evaluated.error : problem('STEP_BAD_REQUEST', 'It asks for more than its inputs.');
  return { ok: false, diagnostics: [problem(code, `"${path}": ${message}`, hint === undefined ? {} : { hint })] };
}

function unfit(
  { path, inputs }: PromptFile,
  name: string,
  fault: { readonly path: string; readonly message: string },
): Diagnostic {
  const place = fault.path === '' ? name : `${name}.${fault.path}`.replace('.[', '[');
  const about = inputs[name]?.description;
  return problem(
    'STEP_INPUT_INVALID',
    `The input \`${place}\` of "${path}" ${fault.message}.`,
    about === undefined ? {} : { hint: about },
  );
}

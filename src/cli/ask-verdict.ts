/** Asks a person for a verdict at the terminal, with its form. The prompt package is loaded only then. */
import { type FormField, fieldsOf, formOf } from '../app/verdict-form.ts';
import type { ApprovalRequest } from '../core/run/approval.ts';
import { REJECT } from '../core/run/rework-cause.ts';
import { askValue } from './ask-inputs.ts';

export interface Asked {
  readonly verdict: string;
  readonly form: readonly string[];
  readonly comment: string | null;
}

/** What was given on the command line is not asked for. Null when the person gave up. */
export async function askVerdict(request: ApprovalRequest, given: Omit<Asked, 'verdict'>): Promise<Asked | null> {
  const { isCancel, select, text } = await import('@clack/prompts');
  const output = process.stderr;
  const verdict = await select({
    message: 'verdict',
    output,
    options: request.options.map((value) => ({ value, label: value })),
  });
  if (isCancel(verdict)) return null;
  const form = [...given.form];
  if (request.form !== null && form.length === 0 && verdict !== REJECT) {
    for (const field of fieldsOf(request.form)) {
      const answer = await askValue(field.name, field.spec, (value) => faultOf(field, value));
      if (answer === null) return null;
      if (answer !== '') form.push(`${field.name}=${answer}`);
    }
  }
  if (given.comment !== null) return { verdict, form, comment: given.comment };
  const comment = await text({ message: 'comment', placeholder: 'may be left empty', output });
  return isCancel(comment) ? null : { verdict, form, comment: comment || null };
}

function faultOf({ name, spec }: FormField, value: string): string | undefined {
  if (value === '') return spec.required ? 'It is needed.' : undefined;
  const read = formOf({ properties: { [name]: spec.schema } }, [`${name}=${value}`]);
  return read.ok ? undefined : read.diagnostics[0]?.message;
}

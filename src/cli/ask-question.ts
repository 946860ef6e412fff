/** Puts the question of an MCP server to the person at the terminal, field by field. The prompt package is loaded only then. */
import { fieldsOf, formOf } from '../app/verdict-form.ts';
import { isJsonObject } from '../core/json.ts';
import type { McpAnswerOfPerson, McpQuestion } from '../core/mcp.ts';
import { askValue } from './ask-inputs.ts';
import { harmless } from './render/text.ts';

/** What a server says stands beside its name: it must not look like a question of giga. */
export async function askQuestion(
  { server, message, schema }: McpQuestion,
  signal?: AbortSignal,
): Promise<McpAnswerOfPerson> {
  const { confirm, isCancel } = await import('@clack/prompts');
  const asked = message.split('\n').map(harmless).join('\n');
  const goesOn = await confirm({
    message: `The MCP server "${harmless(server)}" asks: ${asked}\nAnswer it?`,
    output: process.stderr,
    ...(signal && { signal }),
  });
  if (isCancel(goesOn)) return { action: 'cancel' };
  if (!goesOn) return { action: 'decline' };
  const given: string[] = [];
  for (const { name, spec } of fieldsOf(schema)) {
    const answer = await askValue(
      name,
      spec,
      (value) => {
        if (value === '') return spec.required ? 'It is needed.' : undefined;
        const read = formOf({ properties: { [name]: spec.schema } }, [`${name}=${value}`]);
        return read.ok ? undefined : read.diagnostics[0]?.message;
      },
      signal,
    );
    if (answer === null) return { action: 'cancel' };
    if (answer !== '') given.push(`${name}=${answer}`);
  }
  const form = formOf(schema, given);
  return form.ok && isJsonObject(form.value) ? { action: 'accept', content: form.value } : { action: 'decline' };
}

/** `giga eval EXPRESSION [--context FILE]`, and `giga eval --batch`. */
import { createInterface } from 'node:readline';
import { type Diagnostic, type Position, problem, type Result } from '../../core/diagnostic/diagnostic.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import type { Call } from '../command-spec.ts';
import { EXIT } from '../exit-code.ts';
import { refuse, take } from '../open-project.ts';
import { printProblems } from '../render/problems.ts';

const FILE = '<expression>';

export async function perform(call: Call): Promise<number> {
  if (call.flags.on('batch')) return evalBatch(call);
  const [text] = call.args;
  if (text === undefined)
    return refuse(call, [
      problem('CLI_USAGE', 'Give an expression, or --batch to read them from stdin.', {
        hint: "giga eval 'join(inputs.list)' --context contexts.json",
      }),
    ]);
  const contexts = take(call, await readContexts(call));
  if (!contexts.ok) return contexts.code;
  const { evalExpression } = await import('../../app/commands/eval.ts');
  const outcome = evalExpression(text, contexts.value);
  if (outcome.ok) {
    const { kind, value } = outcome;
    if (call.json) call.io.out.write(`${JSON.stringify({ type: 'result', kind, value })}\n`);
    else call.io.out.write(`${typeof value === 'string' ? value : JSON.stringify(value, null, 2)}\n`);
    return EXIT.done;
  }
  const diagnostic = outcome.kind === 'parsing' ? placed(text, outcome.problem) : outcome.diagnostic;
  printProblems([diagnostic], { ...call, sources: new Map([[FILE, text]]) });
  return EXIT.invalid;
}

async function evalBatch(call: Call): Promise<number> {
  const { evalBatchLine } = await import('../../app/commands/eval.ts');
  for await (const line of createInterface({ input: process.stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.trim() !== '') await call.io.out.writeAll(`${evalBatchLine(line)}\n`);
    if (call.io.out.closed) break;
  }
  return EXIT.done;
}

async function readContexts(call: Call): Promise<Result<JsonObject>> {
  const file = call.flags.text('context');
  if (file === undefined) return { ok: true, value: {} };
  const { readUserFile } = await import('../../app/commands/user-file.ts');
  const text = readUserFile(call.cwd, file, '--context');
  if (!text.ok) return text;
  try {
    const value: unknown = JSON.parse(text.value);
    if (isJsonObject(value)) return { ok: true, value };
  } catch {
    // said below
  }
  const message = `The file "${file}" of --context must hold a JSON object of contexts.`;
  return { ok: false, diagnostics: [problem('CLI_INPUT', message)] };
}

/** The problem of a parser, whose offset is into the expression, as a diagnostic with a place. */
function placed(
  text: string,
  found: { code: Diagnostic['code']; message: string; at: number; length: number; hint?: string },
): Diagnostic {
  const positionOf = (offset: number): Position => {
    const before = text.slice(0, offset).split('\n');
    return { line: before.length, column: (before.at(-1) ?? '').length + 1, offset };
  };
  return problem(found.code, found.message, {
    at: { file: FILE, start: positionOf(found.at), end: positionOf(found.at + Math.max(1, found.length)) },
    ...(found.hint === undefined ? {} : { hint: found.hint }),
  });
}

/** `giga runs send RUN NAME [--data JSON] [--as WHO]`: sends an event to the steps that wait for it. */
import type { Sent } from '../../app/commands/send.ts';
import { problem } from '../../core/diagnostic/diagnostic.ts';
import type { Json } from '../../core/json.ts';
import type { Call } from '../command-spec.ts';
import { EXIT } from '../exit-code.ts';
import { openProject, refuse, take } from '../open-project.ts';
import { printProblems } from '../render/problems.ts';
import { harmless } from '../render/text.ts';

export async function perform(call: Call): Promise<number> {
  const [run = '', name = ''] = call.args;
  const text = call.flags.text('data');
  const data = text === undefined ? null : parsed(text);
  if (data === undefined) {
    const hint = 'Texts have double quotes in JSON: --data \'"done"\'; an object: --data \'{"ok": true}\'.';
    return refuse(call, [problem('CLI_DATA', 'What `--data` gives is not JSON.', { hint })]);
  }
  const project = await openProject(call);
  if (!project.ok) return project.code;
  const { sendEvent } = await import('../../app/commands/send.ts');
  const { USER, USERNAME } = call.io.env;
  const by = call.flags.text('as') ?? USER ?? USERNAME ?? 'giga runs send';
  const sent = take(call, await sendEvent(project.value, run, { name, data, by }));
  if (!sent.ok) return sent.code;
  const { id, kind, diagnostics } = sent.value;
  printProblems(diagnostics, call);
  if (call.json) call.io.out.write(`${JSON.stringify({ type: 'event.sent', id, name, state: kind })}\n`);
  call.io.err.write(`${WORDS[kind](id, harmless(name))}\n`);
  return EXIT.done;
}

const WORDS: Readonly<Record<Sent['kind'], (id: string, name: string) => string>> = {
  taken: (id, name) => `run ${id} has the event ${name}`,
  written: (id, name) => `run ${id} is stopped; it has the event ${name} when it goes on\nresume giga resume ${id}`,
  handed: (id, name) => `the event ${name} was handed to run ${id}, which has not answered yet`,
};

/** Undefined for what is no JSON. */
function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json; // JSON.parse gives JSON
  } catch {
    return undefined;
  }
}

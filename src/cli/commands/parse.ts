/** `giga parse FILE`: kind, frontmatter, sections and problems of a file. */
import type { Call } from '../command-spec.ts';
import { EXIT } from '../exit-code.ts';
import { take } from '../open-project.ts';
import { printProblems } from '../render/problems.ts';

export async function perform(call: Call): Promise<number> {
  const [file = ''] = call.args;
  const [{ readUserFile }, { parseDocument }] = await Promise.all([
    import('../../app/commands/user-file.ts'),
    import('../../app/commands/parse.ts'),
  ]);
  const text = take(call, readUserFile(call.cwd, file));
  if (!text.ok) return text.code;
  const parsed = parseDocument(text.value, file);
  call.io.out.write(`${JSON.stringify({ type: 'document', ...parsed }, null, call.json ? 0 : 2)}\n`);
  if (!call.json) printProblems(parsed.diagnostics, call);
  return parsed.ok ? EXIT.done : EXIT.invalid;
}

/** `giga mcp audit [RUN]`: what a run asked of MCP servers, a call on a line. */
import type { Call } from '../command-spec.ts';
import { EXIT } from '../exit-code.ts';
import { openProject, take } from '../open-project.ts';
import { auditLines } from '../render/mcp-lines.ts';
import { printProblems } from '../render/problems.ts';

export async function perform(call: Call): Promise<number> {
  const project = await openProject(call);
  if (!project.ok) return project.code;
  const { store } = project.value;
  const found = take(call, await store.find(call.args[0]));
  if (!found.ok) return found.code;
  const read = take(call, await store.read(found.value));
  if (!read.ok) return read.code;
  const { auditOf } = await import('../../app/commands/mcp-audit.ts');
  const lines = auditOf(read.value.records);
  if (call.json)
    for (const line of lines)
      await call.io.out.writeAll(`${JSON.stringify({ type: 'mcp.audited', run: found.value, ...line })}\n`);
  else for (const line of auditLines(lines)) await call.io.out.writeAll(`${line}\n`);
  if (lines.length === 0) call.io.err.write('The run asked no MCP server.\n');
  printProblems(read.value.diagnostics, call);
  return EXIT.done;
}

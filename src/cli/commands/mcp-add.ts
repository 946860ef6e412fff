/** `giga mcp add NAME [--as NAME] [--yes]`: shows what would be added, asks, and adds it. */
import type { Proposal } from '../../app/commands/mcp-add.ts';
import { problem } from '../../core/diagnostic/diagnostic.ts';
import type { Call } from '../command-spec.ts';
import { EXIT } from '../exit-code.ts';
import { openProject, refuse, take } from '../open-project.ts';
import { proposalLines } from '../render/mcp-lines.ts';

export async function perform(call: Call): Promise<number> {
  const { flags, io } = call;
  const [entry = ''] = call.args;
  const project = await openProject(call);
  if (!project.ok) return project.code;
  const { addServer, proposeServer } = await import('../../app/commands/mcp-add.ts');
  const wanted = { entry, as: flags.text('as') };
  const proposed = take(call, await proposeServer(project.value, flags.text('registry'), wanted));
  if (!proposed.ok) return proposed.code;
  const proposal = proposed.value;
  if (!proposal.isThere) {
    for (const line of proposalLines(proposal)) io.err.write(`${line}\n`);
    if (!flags.on('yes') && !(await isAccepted(call))) return refuse(call, [unaccepted()]);
    const fault = await addServer(project.value, proposal);
    if (fault !== null) return refuse(call, [fault]);
  }
  if (call.json) io.out.write(`${JSON.stringify(eventOf(proposal))}\n`);
  else io.out.write(`${proposal.name}  ${proposal.isThere ? 'is in .mcp.json already' : 'added to .mcp.json'}\n`);
  if (!proposal.isThere)
    io.err.write(`Its definitions are accepted with \`giga mcp pin ${proposal.name}\`, which starts it.\n`);
  return EXIT.done;
}

function eventOf({ name, entry, isThere }: Proposal) {
  return {
    type: 'mcp.added',
    server: name,
    name: entry.name,
    version: entry.version,
    digest: entry.digest,
    isNew: !isThere,
  };
}

async function isAccepted({ io }: Call): Promise<boolean> {
  if (!io.canAsk) return false;
  const { confirm } = await import('@clack/prompts');
  return (await confirm({ message: 'Add it?', initialValue: false, output: process.stderr })) === true;
}

function unaccepted() {
  return problem('CLI_MCP_ADD', 'Nothing was added: nobody accepted it.', {
    hint: 'Where nobody can be asked: `--yes`.',
  });
}

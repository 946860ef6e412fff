/** `giga mcp doctor [SERVER…]`. */
import type { Finding } from '../../app/commands/doctor.ts';
import type { Call } from '../command-spec.ts';
import { EXIT } from '../exit-code.ts';
import { openServers } from '../open-servers.ts';
import { painter } from '../render/text.ts';
import { findingLines } from './doctor.ts';

export async function perform(call: Call): Promise<number> {
  const open = await openServers(call, call.args);
  if (!open.ok) return open.code;
  const { servers, asking } = open.value;
  const { examineServers } = await import('../../app/commands/mcp-doctor.ts');
  let isWell = true;
  const tell = (finding: Finding): void => {
    if (finding.state === 'error') isWell = false;
    if (call.json) call.io.out.write(`${JSON.stringify({ type: 'finding', ...finding })}\n`);
    else call.io.out.write(`${findingLines(finding, painter(call.outColor)).join('\n')}\n`);
  };
  if (call.args.length === 0) for (const [check, found] of asking.book.faults) tell({ check, state: 'error', found });
  for await (const finding of examineServers(asking, servers)) tell(finding);
  return isWell ? EXIT.done : EXIT.failed;
}

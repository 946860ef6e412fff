/** `giga mcp tools SERVER`. */
import type { Call } from '../command-spec.ts';
import { EXIT } from '../exit-code.ts';
import { take } from '../open-project.ts';
import { openServers } from '../open-servers.ts';
import { offeredLines } from '../render/mcp-lines.ts';
import { painter } from '../render/text.ts';

export async function perform(call: Call): Promise<number> {
  const open = await openServers(call, call.args.slice(0, 1));
  if (!open.ok) return open.code;
  const { servers, asking } = open.value;
  const { offeredBy, withServers } = await import('../../app/commands/mcp-ask.ts');
  for (const server of servers) {
    const offered = take(call, await withServers(asking, (mcp) => offeredBy(asking, mcp, server)));
    if (!offered.ok) return EXIT.failed;
    if (call.json)
      await call.io.out.writeAll(`${JSON.stringify({ type: 'mcp.tools', server: server.name, ...offered.value })}\n`);
    else await call.io.out.writeAll(`${offeredLines(offered.value, painter(call.outColor)).join('\n')}\n`);
  }
  return EXIT.done;
}

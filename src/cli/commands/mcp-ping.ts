/** `giga mcp ping [SERVER…]`: 0 only if all of them answer. */
import type { Call } from '../command-spec.ts';
import { EXIT } from '../exit-code.ts';
import { refuse } from '../open-project.ts';
import { openServers } from '../open-servers.ts';
import { harmless } from '../render/text.ts';

export async function perform(call: Call): Promise<number> {
  const open = await openServers(call, call.args);
  if (!open.ok) return open.code;
  const { servers, asking } = open.value;
  const { pingServer, withServers } = await import('../../app/commands/mcp-ask.ts');
  let isWell = true;
  for (const server of servers) {
    const pinged = await withServers(asking, (mcp) => pingServer(asking, mcp, server));
    if (!pinged.ok) {
      isWell = false;
      refuse(call, pinged.diagnostics);
      continue;
    }
    const { about, startMs, pingMs } = pinged.value;
    if (call.json)
      call.io.out.write(`${JSON.stringify({ type: 'mcp.pinged', server: server.name, about, startMs, pingMs })}\n`);
    else
      call.io.out.write(
        `${server.name}  ${harmless(about.name)} ${harmless(about.version)} · MCP ${harmless(about.protocol)} · started in ${startMs} ms, ping ${pingMs} ms\n`,
      );
  }
  return isWell ? EXIT.done : EXIT.failed;
}

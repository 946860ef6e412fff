/** `giga mcp list [--workflow FILE]`. */
import type { Call } from '../command-spec.ts';
import { EXIT } from '../exit-code.ts';
import { openServers } from '../open-servers.ts';
import { howText, serverLines } from '../render/mcp-lines.ts';

export async function perform(call: Call): Promise<number> {
  const open = await openServers(call, []);
  if (!open.ok) return open.code;
  const { servers, asking } = open.value;
  const { faults } = asking.book;
  if (call.json) {
    for (const server of servers)
      call.io.out.write(
        `${JSON.stringify({ type: 'mcp.server', server: server.name, from: server.from ?? 'workflow', how: howText(server) })}\n`,
      );
    for (const [server, fault] of faults)
      call.io.out.write(`${JSON.stringify({ type: 'mcp.server', server, fault })}\n`);
  } else for (const line of serverLines(servers, faults)) call.io.out.write(`${line}\n`);
  if (servers.length + faults.size === 0)
    call.io.err.write('There are no MCP servers: describe one under `mcp:` of giga.yaml, or in .mcp.json.\n');
  return EXIT.done;
}

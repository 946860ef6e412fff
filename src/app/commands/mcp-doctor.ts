/** Tries MCP servers one after the other: whether each starts, answers and is what was pinned. Each finding says what to do. */
import { pinDifferences, pinOf } from '../../core/lock.ts';
import type { McpServer } from '../../core/plan/mcp-request.ts';
import { readLockFile } from '../lock-file.ts';
import type { Finding } from './doctor.ts';
import { type Asking, offeredBy, withServers } from './mcp-ask.ts';

export async function* examineServers(asking: Asking, servers: readonly McpServer[]): AsyncGenerator<Finding> {
  const lock = await readLockFile(asking.project.root);
  const [wrong] = lock.ok ? [] : lock.diagnostics;
  if (wrong !== undefined) yield { check: 'giga.lock', state: 'error', found: wrong.message };
  for (const server of servers) {
    const check = server.name;
    const offered = await withServers(asking, (mcp) => offeredBy(asking, mcp, server));
    if (!offered.ok) {
      const [error] = offered.diagnostics;
      const hint = error?.hint ?? hintOf(server);
      yield { check, state: 'error', found: error?.message ?? 'it cannot be used', hint };
      continue;
    }
    const { about, tools } = offered.value;
    const before = lock.ok && Object.hasOwn(lock.value.mcp, check) ? lock.value.mcp[check] : undefined;
    const [change] = before === undefined ? [] : pinDifferences(before, pinOf(about, offered.value));
    const found = `${about.name} ${about.version}, MCP ${about.protocol}, ${tools.length} ${tools.length === 1 ? 'tool' : 'tools'}`;
    if (change !== undefined)
      yield {
        check,
        state: 'error',
        found: `${found}; not as pinned: ${change}`,
        hint: `\`giga mcp pin ${check}\` shows and accepts all that changed`,
      };
    else if (before === undefined)
      yield {
        check,
        state: server.pin === true ? 'error' : 'warning',
        found: `${found}; not pinned`,
        hint: `\`giga mcp pin ${check}\``,
      };
    else yield { check, state: 'ok', found: `${found}; as pinned` };
  }
}

function hintOf({ command, url }: McpServer): string {
  return command === undefined
    ? `check that something listens at ${url}`
    : `try what is started by itself: \`${command}\` must be on the PATH`;
}

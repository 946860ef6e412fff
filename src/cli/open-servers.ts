/** What the commands about MCP servers do first: find the servers that are named, and hear a signal. Knows no command. */
import type { Asking } from '../app/commands/mcp-ask.ts';
import type { McpServer } from '../core/plan/mcp-request.ts';
import type { Call } from './command-spec.ts';
import { type Opened, openProject, take } from './open-project.ts';
import { harmless } from './render/text.ts';

export interface OpenServers {
  readonly servers: readonly McpServer[];
  readonly asking: Asking;
}

/** `names`: none means all. */
export async function openServers(call: Call, names: readonly string[]): Promise<Opened<OpenServers>> {
  const project = await openProject(call);
  if (!project.ok) return project;
  const { named, serverBook } = await import('../app/commands/mcp-servers.ts');
  const book = take(call, await serverBook(project.value, call.flags.text('workflow')));
  if (!book.ok) return book;
  const servers = take(call, named(book.value, names));
  if (!servers.ok) return servers;
  const elicit = call.io.canAsk ? (await import('./ask-question.ts')).askQuestion : undefined;
  const asking: Asking = {
    project: project.value,
    book: book.value,
    signal: signalled(),
    ...(elicit && { elicit }),
    ...(call.io.canAsk && { signIn: showAddress(call) }),
  };
  return { ok: true, value: { servers: servers.value, asking } };
}

/** The address stands alone on its line, so that a terminal makes it one that can be opened. */
function showAddress({ io }: Call): (server: string, url: string) => void {
  return (server, url) =>
    io.err.write(
      `The MCP server "${harmless(server)}" wants to know who is there. Open this in a browser:\n${harmless(url)}\n`,
    );
}

/** The first signal stops what is asked, so that servers are ended; a second one is the system's affair. */
function signalled(): AbortSignal {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => stop.abort('cancelled'));
  return stop.signal;
}

/** The command that serves workflows over MCP, and what it takes: a part of the command table. */
import type { CommandSpec } from './command-spec.ts';

export const MCP_SERVE: CommandSpec = {
  name: 'mcp serve',
  summary: 'offer the workflows here as tools of MCP',
  details:
    'Speaks MCP on stdin and stdout until the client closes them. Runs that go on then are stopped, and can be resumed. With --http it prints the address and a token, as an entry for `.mcp.json`',
  arguments: [],
  flags: [
    {
      name: 'workflow',
      short: 'w',
      kind: 'list',
      value: 'name',
      description: 'offer only this workflow: a file, or a name in workflows/; repeatable',
      complete: 'workflow',
    },
    {
      name: 'http',
      kind: 'count',
      min: 0,
      max: 65_535,
      value: 'port',
      description: 'serve over HTTP instead, on this port of 127.0.0.1; 0 takes a free one',
    },
  ],
  examples: ['giga mcp serve', 'giga mcp serve --workflow ci --workflow release', 'giga mcp serve --http 4100'],
  load: () => import('./commands/mcp-serve.ts'),
};

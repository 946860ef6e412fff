/** The commands about MCP servers: a part of the command table. */

import type { ArgumentSpec, CommandSpec, FlagSpec } from './command-spec.ts';
import { RUN } from './common-flags.ts';

const SERVER: ArgumentSpec = { name: 'server', description: 'name of a server', required: true };
const SERVERS: ArgumentSpec = { name: 'servers', description: 'names of servers; default: all', variadic: true };
const WORKFLOW: FlagSpec = {
  name: 'workflow',
  kind: 'text',
  value: 'file',
  description: 'also the servers that the steps of this workflow name',
  complete: 'workflow',
};

const REGISTRY: FlagSpec = {
  name: 'registry',
  kind: 'text',
  value: 'file',
  description: 'a file, or an https: address, in the form of the official registry',
};

export const MCP_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'mcp list',
    summary: 'list the MCP servers that steps can name',
    details: 'Those of giga.yaml and of .mcp.json. Nothing is started.',
    arguments: [],
    flags: [WORKFLOW],
    load: () => import('./commands/mcp-list.ts'),
  },
  {
    name: 'mcp tools',
    summary: 'show what an MCP server has: tools, resources and prompts',
    arguments: [SERVER],
    flags: [WORKFLOW],
    load: () => import('./commands/mcp-tools.ts'),
  },
  {
    name: 'mcp call',
    summary: 'call a tool of an MCP server, read a resource, or get a prompt',
    arguments: [
      SERVER,
      { name: 'name', description: 'of the tool; with --resource an address, with --prompt a prompt', required: true },
    ],
    flags: [
      {
        name: 'argument',
        short: 'a',
        kind: 'list',
        value: 'name=value',
        description: 'an argument, or all of them as a JSON object; repeatable',
      },
      { name: 'resource', kind: 'switch', description: 'read a resource' },
      { name: 'prompt', kind: 'switch', description: 'get a prompt' },
      WORKFLOW,
    ],
    examples: [
      'giga mcp call files read_text_file -a path=README.md',
      'giga mcp call sums add -a \'{"a": 1, "b": 2}\'',
    ],
    load: () => import('./commands/mcp-call.ts'),
  },
  {
    name: 'mcp ping',
    summary: 'start MCP servers and ask whether they are there',
    arguments: [SERVERS],
    flags: [WORKFLOW],
    load: () => import('./commands/mcp-ping.ts'),
  },
  {
    name: 'mcp pin',
    summary: 'accept the definitions that MCP servers have now, in giga.lock',
    details:
      'From then on a server with another description or schema is not used. Servers of a workflow need --workflow.',
    arguments: [SERVERS],
    flags: [
      { name: 'check', kind: 'switch', description: 'change nothing; fail where something is different' },
      WORKFLOW,
    ],
    examples: ['giga mcp pin files', 'giga mcp pin --check'],
    load: () => import('./commands/mcp-pin.ts'),
  },
  {
    name: 'mcp search',
    summary: 'find MCP servers in a registry',
    details: 'The registry is that of --registry, else `mcp-registry` of giga.yaml.',
    arguments: [{ name: 'words', description: 'that stand in a name or a description', variadic: true }],
    flags: [REGISTRY],
    load: () => import('./commands/mcp-search.ts'),
  },
  {
    name: 'mcp add',
    summary: 'put an MCP server of a registry into .mcp.json',
    details:
      'Shows what would be started or reached, and asks. Nothing is started; what was accepted is kept in giga.lock.',
    arguments: [{ name: 'name', description: 'of the server in the registry', required: true }],
    flags: [
      { name: 'as', kind: 'text', value: 'name', description: 'how steps name it; default: the last part of its name' },
      REGISTRY,
      { name: 'yes', short: 'y', kind: 'switch', description: 'accept it without a question' },
    ],
    examples: ['giga mcp add io.github.somebody/weather --as weather'],
    load: () => import('./commands/mcp-add.ts'),
  },
  {
    name: 'mcp audit',
    summary: 'show what a run asked of MCP servers, and what they asked of it',
    details:
      'Calls of steps and agents with arguments, digest of the result and verdict; model calls of servers; what was made again.',
    arguments: [RUN],
    flags: [],
    load: () => import('./commands/mcp-audit.ts'),
  },
  {
    name: 'mcp doctor',
    summary: 'try each MCP server: whether it starts, answers, and is what giga.lock says',
    arguments: [SERVERS],
    flags: [WORKFLOW],
    load: () => import('./commands/mcp-doctor.ts'),
  },
];

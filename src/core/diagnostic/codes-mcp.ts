/** Codes of MCP servers and of the steps that talk to them. */
import type { Explanation } from './catalog.ts';

export const MCP_CODES = {
  PLAN_MCP_SERVER: {
    title: 'An MCP server cannot be used',
    text: 'A step names a server by a text that is known before the run: one of `mcp:` of the workflow or of `giga.yaml`, or of `mcpServers` in `.mcp.json`. A server has either a `command`, which is started, or a `url`. A fragment has the servers of the configuration only.',
  },
  PLAN_MCP_CALL: {
    title: 'It is not clear what an MCP step asks for',
    text: 'An `mcp` step calls a `tool`, reads a `resource` or gets a `prompt`: exactly one of them. `arguments` belong to a tool or a prompt.',
  },
  STEP_MCP_START: {
    title: 'An MCP server cannot be started or reached',
    text: 'The program is not there, ended before it had answered, or nobody listens at the address; or it does not speak MCP. The message has what the server wrote last. `giga mcp doctor` tries each server.',
  },
  STEP_MCP_LOST: {
    title: 'An MCP server was lost in the middle of a call',
    text: 'The program ended, or the connection broke, before the answer came. Whether the tool has done its work is not known. A `retry` of the step calls again, on a server that is started anew.',
  },
  STEP_MCP_TIMEOUT: {
    title: 'An MCP server does not answer',
    text: 'Neither an answer nor any progress came within the `timeout` of the server. The call was cancelled. That is apart from the `timeout` of the step, which bounds the whole attempt.',
  },
  STEP_MCP_UNKNOWN: {
    title: 'An MCP server has no such tool or prompt',
    text: 'The server does not list what the step names. `giga mcp tools SERVER` shows what it has.',
  },
  STEP_MCP_ARGUMENTS: {
    title: 'The arguments do not fit the schema of the tool',
    text: 'The arguments of a call are checked against the schema that the server gives for the tool, before anything is sent. `giga mcp tools SERVER --json` shows it.',
  },
  STEP_MCP_TOOL_FAILED: {
    title: 'A tool says that it failed',
    text: 'The tool was called, and its answer says `isError`. What it said is in the hint, and in the output `content`.',
  },
  STEP_MCP_ERROR: {
    title: 'An MCP server answered with an error',
    text: 'The request reached the server, and it answered with an error of the protocol instead of a result. The message has its number and its words.',
  },
  STEP_MCP_RESULT: {
    title: 'The answer of an MCP server is not as announced',
    text: 'The result is not one of the protocol, or its structured part does not fit the schema that the tool announces for it. Nothing of it is kept.',
  },
  STEP_MCP_TOO_LARGE: {
    title: 'The answer of an MCP server is larger than is kept',
    text: 'The answer becomes an output, so it is bounded: by 1 MiB, or what `max-output` of the step or of the server says.',
  },
  STEP_MCP_AUTH: {
    title: 'An MCP server wants to know who is there',
    text: 'The server answered that giga is not authorized. Give it a header, or `auth` with a client and its secret; or sign in at a terminal with `giga mcp ping SERVER`, whose token is kept in the state folder.',
  },
  POLICY_MCP_TOOL: {
    title: 'A tool of an MCP server is not allowed',
    text: 'The `tools` of the server, or of the step, do not name this tool; or `permissions: { net }` does not name the host of the server. Nothing was sent.',
  },
  POLICY_MCP_ADDRESS: {
    title: 'An MCP server leads to an address that is not on the public internet',
    text: 'The address of a server, or one that it names for a sign-in, leads to this machine, to a private network or to the metadata of a cloud. That is refused but for hosts that are written down as such: in `url`, in `issuer` of `auth`, or in `permissions: { net }` where the `url` is made of values. Nothing was sent there.',
  },
  POLICY_MCP_SAMPLING: {
    title: 'A model call of an MCP server is not allowed',
    text: 'In the middle of a call the server asked for a model call, which somebody pays for. It is refused unless `sampling` of the server allows it, and bounds how many there may be. The hint says which of the two it was.',
  },
  POLICY_MCP_CHANGED: {
    title: 'An MCP server has other definitions than those in giga.lock',
    text: 'The description or a schema of a tool is not what it was when it was pinned. A model reads descriptions as instructions, so a change may be an attack. The hint shows what is different. `giga mcp pin SERVER` accepts it.',
  },
  POLICY_MCP_UNPINNED: {
    title: 'The definitions of an MCP server are not pinned',
    text: 'The server says `pin: true`, and `giga.lock` does not have its definitions. Look at them with `giga mcp tools SERVER`, and accept them with `giga mcp pin SERVER`.',
  },
  CLI_MCP_SERVER: {
    title: 'There is no such MCP server',
    text: 'The commands `giga mcp …` know the servers of `giga.yaml` and of `.mcp.json`, and with `--workflow FILE` those that the steps of a workflow name. `giga mcp list` shows them.',
  },
  CLI_MCP_REGISTRY: {
    title: 'A registry of MCP servers does not help',
    text: 'There is no registry, it cannot be read, it has no such server, or giga cannot use what it says of one: packages of npm, PyPI and OCI of a fixed version that speak on their standard streams, and https: addresses of streamable HTTP.',
  },
  CLI_MCP_ADD: {
    title: 'Nobody accepted the MCP server of a registry',
    text: '`giga mcp add` shows what would be started or reached, and which variables it would see. It adds it to `.mcp.json` once a person at the terminal has said yes, or with `--yes`.',
  },
  CONFIG_LOCK: {
    title: 'giga.lock cannot be used',
    text: 'The file `giga.lock` at the workspace root pins what others could change: definitions of MCP servers. It cannot be read, is not JSON, or not as `schemas/lock.schema.json` says. Bring back the version that was committed, or remove it and pin again.',
  },
} as const satisfies Record<string, Explanation>;

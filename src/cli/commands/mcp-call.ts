/** `giga mcp call SERVER NAME [-a name=value …]`: the text of the answer, or all of it as JSON. */
import { problem } from '../../core/diagnostic/diagnostic.ts';
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import type { McpRequestBody } from '../../core/mcp.ts';
import type { Call } from '../command-spec.ts';
import { EXIT } from '../exit-code.ts';
import { refuse, take } from '../open-project.ts';
import { openServers } from '../open-servers.ts';

export async function perform(call: Call): Promise<number> {
  const [name = '', what = ''] = call.args;
  const { flags, io } = call;
  const given = argumentsIn(flags.list('argument'));
  if (typeof given === 'string') return refuse(call, [problem('CLI_USAGE', given)]);
  if (flags.on('resource') && flags.on('prompt'))
    return refuse(call, [problem('CLI_USAGE', '`--resource` and `--prompt` cannot stand together.')]);
  const open = await openServers(call, [name]);
  if (!open.ok) return open.code;
  const [server] = open.value.servers;
  if (server === undefined) return EXIT.usage;
  const asking = {
    ...open.value.asking,
    ...(io.err.isTerminal && { progress: (line: string) => io.err.write(`${line}\n`) }),
  };
  const body: McpRequestBody = flags.on('resource')
    ? { kind: 'resource', uri: what }
    : { kind: flags.on('prompt') ? 'prompt' : 'tool', name: what, arguments: given };
  const { callServer, withServers } = await import('../../app/commands/mcp-ask.ts');
  const answer = take(call, await withServers(asking, (mcp) => callServer(asking, mcp, server, body)));
  if (!answer.ok) return answer.code;
  const { outputs, isError } = answer.value;
  const text = outputs['text'];
  if (call.json)
    await io.out.writeAll(`${JSON.stringify({ type: 'mcp.answer', server: name, name: what, isError, ...outputs })}\n`);
  else await io.out.writeAll(`${typeof text === 'string' && text !== '' ? text : JSON.stringify(outputs, null, 2)}\n`);
  return isError ? EXIT.failed : EXIT.done;
}

/** A value that is JSON is that; anything else is a text. Whether the tool wants a text is said by its schema. */
function argumentsIn(given: readonly string[]): JsonObject | string {
  const all: Record<string, JsonObject[string]> = {};
  for (const one of given) {
    if (one.trimStart().startsWith('{')) {
      const whole = valueIn(one);
      if (!isJsonObject(whole)) return 'What --argument was given begins as a JSON object, and is none.';
      Object.assign(all, whole);
      continue;
    }
    const at = one.indexOf('=');
    if (at < 1) return `--argument takes \`name=value\` or a JSON object; it was given "${one}".`;
    all[one.slice(0, at)] = valueIn(one.slice(at + 1));
  }
  return all;
}

function valueIn(text: string): JsonObject[string] {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

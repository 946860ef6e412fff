/** `giga mcp pin [SERVER…] [--check]`. */
import type { Pinned } from '../../app/commands/mcp-ask.ts';
import type { Call } from '../command-spec.ts';
import { EXIT } from '../exit-code.ts';
import { take } from '../open-project.ts';
import { openServers } from '../open-servers.ts';
import { harmless } from '../render/text.ts';

export async function perform(call: Call): Promise<number> {
  const open = await openServers(call, call.args);
  if (!open.ok) return open.code;
  const { servers, asking } = open.value;
  const checks = call.flags.on('check');
  const { pinServers } = await import('../../app/commands/mcp-ask.ts');
  const pinned = take(call, await pinServers(asking, servers, !checks));
  if (!pinned.ok) return EXIT.failed;
  for (const one of pinned.value) {
    if (call.json) call.io.out.write(`${JSON.stringify({ type: 'mcp.pinned', accepted: !checks, ...one })}\n`);
    else call.io.out.write(`${pinLines(one, checks).join('\n')}\n`);
  }
  const isSame = pinned.value.every(({ changes, isNew }) => changes.length === 0 && !isNew);
  return checks && !isSame ? EXIT.refused : EXIT.done;
}

function pinLines({ server, tools, changes, isNew }: Pinned, checks: boolean): string[] {
  const count = `${tools} ${tools === 1 ? 'tool' : 'tools'}`;
  const tail = checks ? '' : ', now pinned';
  if (isNew) return [`${server}  ${count}, not pinned before${tail}`];
  if (changes.length === 0) return [`${server}  ${count}, as pinned`];
  return [
    `${server}  ${count}, different from what was pinned${tail}`,
    ...changes.map((line) => `  ${harmless(line)}`),
  ];
}

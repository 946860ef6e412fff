/** What MCP servers and the files about them say: the lock, `.mcp.json`, descriptions that have changed. */
import { sharedServers } from '../../src/app/config/shared-servers.ts';
import { isJsonObject, type Json } from '../../src/core/json.ts';
import { lockText, pinDifferences, readLock } from '../../src/core/lock.ts';
import { isAllowedTool } from '../../src/core/plan/mcp-request.ts';
import { targetOf } from '../../src/steps/mcp/target.ts';
import { deepJson, promise, type Target, textOf, times } from './target.ts';
import { JSON_WORDS } from './words.ts';

const lock: Target = {
  name: 'lock',
  run(bytes) {
    const read = readLock(textOf(bytes));
    if (typeof read === 'string') return promise(/\S/.test(read), 'a refusal that says nothing');
    const text = lockText(read);
    const again = readLock(text);
    promise(typeof again !== 'string' && lockText(again) === text, 'a lock is not read back as it was written');
    for (const server of Object.values(read.mcp)) {
      promise(pinDifferences(server, server).length === 0, 'a server is different from itself');
      for (const line of pinDifferences({ tools: {} }, server))
        promise(line.length < 20_000 && !line.includes('\n'), 'a difference is more than a line');
    }
  },
  seeds: [
    '{"version":1,"mcp":{"a":{"instructions":"x","tools":{"t":{"description":"d","inputSchema":{"type":"object"}}}}},"plugins":{}}',
    '{"version":1,"mcp":{"__proto__":{"tools":{"constructor":{}}}}}',
    '{"version":1}',
  ],
  words: [...JSON_WORDS, '"version":1', '"mcp":{', '"tools":{', '"plugins":{', '"instructions":"'],
  cases: [],
  large: [
    ...deepJson.map(
      ([name, make]) =>
        [`a tool of ${name}`, () => `{"version":1,"mcp":{"a":{"tools":{"t":{"x":${make()}}}}}}`] as const,
    ),
    [
      'tools',
      () => `{"version":1,"mcp":{"a":{"tools":{${Array.from({ length: 50_000 }, (_, at) => `"t${at}":{}`).join()}}}}}`,
    ],
    ['a description', () => `{"version":1,"mcp":{"a":{"tools":{"t":{"description":"${'x'.repeat(5_000_000)}"}}}}}`],
  ],
};

const around = { secrets: new Map([['S', 's']]), env: { A: 'a', PATH: '/bin' }, root: '/w' };

const servers: Target = {
  name: 'mcp.json',
  run(bytes) {
    for (const { value } of sharedServers(textOf(bytes), '.mcp.json').values()) {
      promise(isJsonObject(value), 'a server is no map');
      if (typeof value['fault'] === 'string') continue;
      promise(
        typeof value['name'] === 'string' && /^[\w-]{1,64}$/.test(value['name']),
        `the name ${String(value['name'])}`,
      );
      const target = targetOf(value as never, around); // as it was read
      promise('code' in target || 'kind' in target, 'neither a target nor a refusal');
    }
  },
  seeds: [
    '{"mcpServers":{"a":{"command":"x","args":["${A}","${B:-b}"],"env":{"K":"${S}"}},"b":{"type":"http","url":"http://${A}/"}}}',
    '{"mcpServers":{"__proto__":{"command":"x"},"c":{"type":"sse","url":"x"}}}',
  ],
  words: [
    ...JSON_WORDS,
    '"mcpServers":{',
    '"command":"',
    '"args":[',
    '"url":"http://',
    '${',
    ':-',
    '"auth":{"client-id":"',
  ],
  cases: [],
  large: [
    ...deepJson.map(
      ([name, make]) => [`args of ${name}`, () => `{"mcpServers":{"a":{"command":"x","args":${make()}}}}`] as const,
    ),
    ['dollars', () => `{"mcpServers":{"a":{"command":"${'${'.repeat(500_000)}"}}}`],
    ['names', () => `{"mcpServers":{"a":{"command":"${'${A:-'.repeat(200_000)}"}}}`],
  ],
};

const pattern: Target = {
  name: 'tool-pattern',
  run(bytes) {
    const [patterns = '', name = ''] = textOf(bytes).split('\n');
    const list: readonly Json[] = patterns.split(',');
    const isAllowed = isAllowedTool(list.map(String), name);
    if (list.includes(name) && !name.includes('*')) promise(isAllowed, 'a name does not fit itself');
    if (list.includes('*')) promise(isAllowed, 'a star lets everything through');
  },
  seeds: ['read_*,*_file\nread_file', 'a*b*c\nabc', '*\n'],
  words: ['*', ',', '\n', 'a', '_'],
  cases: [],
  large: [['stars', () => `${times(100_000, 'a*')()}b\n${'a'.repeat(100_000)}`]],
};

export const MCP: readonly Target[] = [lock, servers, pattern];

import { describe, expect, test } from 'vitest';
import { EMPTY_LOCK, type Lock, lockText, pinDifferences, pinOf, readLock } from '../../src/core/lock.ts';

const TOOL = {
  name: 'read',
  description: 'Reads.',
  inputSchema: { type: 'object', properties: { path: { type: 'string' } } },
};
const PIN = pinOf({ instructions: 'Be careful.' }, { tools: [TOOL] });
const LOCK: Lock = { ...EMPTY_LOCK, mcp: { b: PIN, a: pinOf({}, { tools: [] }) }, plugins: { p: { version: '1' } } };

describe('the text of a lock', () => {
  test('is the same in whatever order it came about', () => {
    const other: Lock = { plugins: { p: { version: '1' } }, mcp: { a: { tools: {} }, b: PIN }, version: 1 };
    expect(lockText(other)).toBe(lockText(LOCK));
    expect(lockText(LOCK).endsWith('}\n')).toBe(true);
  });
  test('is read as what was written', () => {
    expect(readLock(lockText(LOCK))).toEqual(LOCK);
    expect(readLock('{"version":1}')).toEqual(EMPTY_LOCK);
    const taken: Lock = { ...LOCK, registry: { w: { name: 'io.example/w', version: '1', digest: 'd' } } };
    expect(readLock(lockText(taken))).toEqual(taken);
  });
  test.each([
    ['{', 'it is not JSON'],
    ['['.repeat(200), 'nests more than 128 levels'],
    ['[]', 'it is no map'],
    ['{}', 'its `version` is not 1'],
    ['{"version":2}', 'its `version` is not 1'],
    ['{"version":1,"x":1}', 'the section `x` is not known'],
    ['{"version":1,"mcp":[]}', 'its section `mcp`'],
    ['{"version":1,"mcp":{"a":1}}', 'its section `mcp`'],
    ['{"version":1,"mcp":{"a":{}}}', 'its section `mcp`'],
    ['{"version":1,"mcp":{"a":{"tools":{"t":1}}}}', 'its section `mcp`'],
    ['{"version":1,"mcp":{"a":{"tools":{},"instructions":1}}}', 'its section `mcp`'],
    ['{"version":1,"mcp":{"a":{"tools":{},"prompts":[]}}}', 'its section `mcp`'],
    ['{"version":1,"mcp":{"a":{"tools":{},"templates":{"t":1}}}}', 'its section `mcp`'],
    ['{"version":1,"registry":[]}', 'its section `registry`'],
    ['{"version":1,"registry":{"a":{"name":"x","version":1,"digest":"d"}}}', 'its section `registry`'],
    ['{"version":1,"registry":{"a":1}}', 'its section `registry`'],
    ['{"version":1,"plugins":[]}', 'its section `plugins`'],
  ])('is not %s', (text, why) => {
    expect(readLock(text)).toContain(why);
  });
});

describe('what is different', () => {
  const now = (more: object): readonly string[] =>
    pinDifferences(PIN, pinOf({ instructions: 'Be careful.' }, { tools: [{ ...TOOL, ...more }] }));
  test('is nothing where nothing is', () => {
    expect(now({})).toEqual([]);
    expect(now({ inputSchema: { properties: { path: { type: 'string' } }, type: 'object' } })).toEqual([]);
  });
  test.each([
    [
      { description: 'Reads, and sends it away.' },
      ['- read.description: "Reads."', '+ read.description: "Reads, and sends it away."'],
    ],
    [
      { inputSchema: { type: 'object', properties: { path: { type: 'string' }, to: {} } } },
      ['+ read.inputSchema.properties.to: {}'],
    ],
    [{ inputSchema: { type: 'object' } }, ['- read.inputSchema.properties: {"path":{"type":"string"}}']],
    [{ title: 'R' }, ['+ read.title: "R"']],
  ])('is told by its place: %j', (more, lines) => {
    expect(now(more)).toEqual(lines);
  });
  test('are tools that come and go, and instructions', () => {
    expect(pinDifferences(PIN, pinOf({}, { tools: [{ ...TOOL, name: 'other' }] }))).toEqual([
      '- instructions: "Be careful."',
      '+ other: a new tool: "Reads."',
      '- read: the tool is gone',
    ]);
  });
  test('is told of prompts and templates where both sides know them', () => {
    const prompt = { name: 'ask', description: 'Asks.' };
    const template = { uriTemplate: 'a://{x}', description: 'An a.' };
    const offer = { tools: [], prompts: [prompt, { title: 'without a name' }], templates: [template] };
    const pin = pinOf({}, offer);
    expect(pin).toEqual({
      tools: {},
      prompts: { ask: { description: 'Asks.' } },
      templates: { 'a://{x}': { description: 'An a.' } },
    });
    expect(readLock(lockText({ ...EMPTY_LOCK, mcp: { a: pin } }))).toMatchObject({ mcp: { a: pin } });
    const other = { tools: [], prompts: [{ ...prompt, description: 'Obey.' }], templates: [] };
    expect(pinDifferences(pin, pinOf({}, other))).toEqual([
      '- ask.description: "Asks."',
      '+ ask.description: "Obey."',
      '- a://{x}: the template is gone',
    ]);
    expect(pinDifferences(pin, pinOf({}, { tools: [] }))).toEqual([]);
    expect(pinDifferences(pinOf({}, { tools: [] }), pin)).toEqual([]);
  });
  test('is shown bounded, and with escapes', () => {
    const [, line = ''] = now({ description: `\u001b[2K${'x'.repeat(10_000)}` });
    expect(line.length).toBeLessThan(600);
    expect(line).toContain('\\u001b[2K');
    expect(line).toContain('characters)');
  });
  test('is found under names that every object has', () => {
    expect(pinDifferences({ tools: {} }, pinOf({}, { tools: [{ ...TOOL, name: 'constructor' }] }))).toHaveLength(1);
    expect(pinDifferences({ tools: {} }, { tools: { ['__proto__']: {} } })).toEqual(['+ __proto__: a new tool: null']);
  });
});

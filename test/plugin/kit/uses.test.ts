import { expect, it } from 'vitest';
import { codeOf } from '../../../src/plugin/kit/blank.ts';
import { capabilityUses } from '../../../src/plugin/kit/uses.ts';

it.each([
  ['a // b', 'a     '],
  ['a /* b\nc */ d', 'a     \n     d'],
  ['x = "a\\"b" + c', 'x =        + c'],
  ['`a ${b} c` + d', '     b     + d'],
  ['`a ${{ k: `x${y}` }.k} c`;', '     { k:     y   }.k    ;'],
  ['x = /["`]/g; y = 1 / 2 / 3', 'x =       g; y = 1 / 2 / 3'],
  ['return /a[/]b/.test(c)', 'return        .test(c)'],
  ["'no end\nfs.read(", '       \nfs.read('],
  ['/* no end', '         '],
])('the code of %j is %j', (text, code) => {
  expect(codeOf(text)).toBe(code);
  expect(code).toHaveLength(text.length);
});

it.each([
  ["ctx.fs.read('a.md')", ['fs.read', 'read', 'a.md', true]],
  ['await context . fs . write(`out/${name}`, text)', ['fs.write', 'write', null, true]],
  ["ctx.fs.list('src/**')", ['fs.list', 'read', null, true]],
  ["c.fetch('https://api.example.com/x', {})", ['fetch', 'net', 'api.example.com', true]],
  ['c.fetch(`https://api.example.com:8443/${id}`)', ['fetch', 'net', 'api.example.com', true]],
  ['c.fetch(`https://${host}/x`)', ['fetch', 'net', null, true]],
  ["c.env('TOWN')", ['env', 'env', 'TOWN', true]],
  ["run(input, { fs }) { return fs.read('a') }", ['fs.read', 'read', 'a', true]],
  ["const { config, fetch } = ctx; fetch('https://a.b')", ['fetch', 'net', 'a.b', true]],
  ["import { fs } from './mine.ts'; run(_, { fs }) { fs.read('a') }", ['fs.read', 'read', 'a', false]],
  ["fetch('https://a.b')", ['fetch', 'net', 'a.b', false]],
])('%s uses %j', (text, [capability, permission, about, isSure]) => {
  const [use, ...more] = capabilityUses(text);
  expect([more.length, use]).toEqual([0, expect.objectContaining({ capability, permission, about, isSure })]);
});

it.each([
  "// ctx.fs.read('a')",
  "'ctx.fs.read(1)'",
  "globalThis.fetch('https://a.b')",
  'process.env.HOME',
  'ctx.fs.readFileSync(1)',
  'prefetch(1)',
])('%s uses nothing', (text) => {
  expect(capabilityUses(text)).toEqual([]);
});

it('says where a use stands', () => {
  const text = "/* é */ await ctx.fs.read('a')";
  const [use] = capabilityUses(text);
  expect(text.slice(use?.start, use?.end)).toBe('fs.read');
});

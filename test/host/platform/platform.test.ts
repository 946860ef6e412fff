import { describe, expect, test } from 'vitest';
import { platformOf, variable } from '../../../src/host/platform/platform.ts';
import { programPaths } from '../../../src/host/platform/program-paths.ts';
import { signalExitCode, signalNumber } from '../../../src/host/platform/signals.ts';
import { parseStat } from '../../../src/host/process/group.ts';
import { wholeCharacters } from '../../../src/host/process/logs.ts';

const linux = platformOf('linux');
const windows = platformOf('win32');

describe('platforms', () => {
  test.each([
    ['linux', 'linux', true, true],
    ['darwin', 'macos', true, false],
    ['win32', 'windows', false, false],
    ['freebsd', 'linux', true, false],
  ])('%s', (node, name, hasProcessGroups, hasProc) => {
    expect(platformOf(node)).toMatchObject({ name, hasProcessGroups, hasProc });
  });
  test('names of variables know case, but not on Windows', () => {
    expect(variable({ Path: 'x' }, 'PATH', linux)).toBeUndefined();
    expect(variable({ Path: 'x' }, 'PATH', windows)).toBe('x');
  });
});

describe('where programs are looked for', () => {
  test.each<[string, string, Record<string, string>, readonly string[]]>([
    ['a name', 'tool', { PATH: '/a:/b' }, ['/a/tool', '/b/tool']],
    ['an empty folder is here', 'tool', { PATH: '/a:' }, ['/a/tool', '/here/tool']],
    ['no PATH', 'tool', {}, []],
    ['a path', './bin/tool', { PATH: '/a' }, ['/here/bin/tool']],
    ['an absolute path', '/x/tool', { PATH: '/a' }, ['/x/tool']],
  ])('%s', (_, name, env, paths) => expect(programPaths(name, env, '/here', linux)).toEqual(paths));
  test('on Windows, with suffixes', () => {
    const env = { Path: 'C:\\a;D:\\b', PATHEXT: '.EXE;.CMD' };
    expect(programPaths('tool', env, 'C:\\here', windows)).toEqual([
      'C:\\a\\tool.EXE',
      'C:\\a\\tool.CMD',
      'D:\\b\\tool.EXE',
      'D:\\b\\tool.CMD',
    ]);
    expect(programPaths('.\\tool.exe', env, 'C:\\here', windows)[0]).toBe('C:\\here\\tool.exe');
  });
});

test('signals have numbers, and exit codes of shells', () => {
  expect([signalNumber('SIGKILL'), signalExitCode('SIGTERM'), signalNumber('constructor')]).toEqual([9, 143, 0]);
});

test.each([
  ['12 (bash) S 1 12 12 0', { name: 'bash', state: 'S', group: 12 }],
  ['12 (a) b (c) Z 1 77 12 0', { name: 'a) b (c', state: 'Z', group: 77 }],
  ['', null],
])('a line of /proc/PID/stat: %s', (line, stat) => expect(parseStat(line)).toEqual(stat));

test.each([
  ['abc', 3, 3],
  ['aé', 2, 1],
  ['aé', 3, 3],
  ['日本', 4, 3],
  ['日本', 5, 3],
  ['😀', 3, 0],
  ['😀', 4, 4],
])('%s cut after %i bytes has %i bytes of whole characters', (text, length, whole) =>
  expect(wholeCharacters(Buffer.from(text), length)).toBe(whole),
);

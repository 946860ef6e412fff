/** What agents read: their kept conversations, and what the command line of Claude says. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32OfText } from '../../src/core/journal/crc32.ts';
import { isPathPattern, matchesPath, wholeFolder } from '../../src/core/permissions/path-patterns.ts';
import { createSessions } from '../../src/host/store/file/sessions.ts';
import { cliEvent } from '../../src/steps/claude/cli-stream.ts';
import { standingOf } from '../../src/steps/claude/transcript.ts';
import { checkDiagnostics, promise, type Target, textOf, times } from './target.ts';

const folder = mkdtempSync(join(tmpdir(), 'giga-fuzz-agents-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const place = join(folder, 's');
mkdirSync(place);

const summed = (line: string): string => `${crc32OfText(line, 0).toString(16).padStart(8, '0')} ${line}\n`;
const ASKED = '{"kind":"message","role":"user","content":[{"type":"text","text":"x"}]}';
const CALLED =
  '{"kind":"message","role":"assistant","content":[{"type":"tool_use","id":"a","name":"read","input":{}}],"stop":"tool_use","usage":{"input":1}}';
const GAVE =
  '{"kind":"call-ended","id":"a","block":{"type":"tool_result","tool_use_id":"a"},"verdict":"ok","duration-ms":1}';
const LINES = [
  ASKED,
  CALLED,
  '{"kind":"call-began","id":"a"}',
  GAVE,
  '{"kind":"turn-ended"}',
  '{"kind":"ended","why":"answered"}',
];
const WORDS = [
  '\n',
  '"kind":',
  '"message"',
  '"call-ended"',
  '"turn-ended"',
  '"ended"',
  '"content":',
  '[',
  ']',
  '{',
  '}',
  'null',
  '-1',
  '"id":"a"',
  '"type":',
];

/** The bytes as a file, and as lines whose checksums hold. */
const session: Target = {
  name: 'agent-session',
  async run(bytes) {
    const text = textOf(bytes);
    for (const content of [text, text.split('\n').map(summed).join('')]) {
      writeFileSync(join(place, '1.jsonl'), content);
      const opened = await createSessions(folder).open('s');
      if (!opened.ok) checkDiagnostics(opened.diagnostics, {});
      else {
        const standing = standingOf(opened.value.lines);
        promise(standing === null || standing.turns <= opened.value.lines.length, 'more turns than lines');
      }
    }
  },
  seeds: [LINES.join('\n'), LINES.map(summed).join(''), LINES.slice(0, 3).join('\n')],
  words: WORDS,
  cases: [],
  large: [
    ['many messages', times(5_000, `${ASKED}\n`)],
    ['brackets', times(200_000, '[')],
  ],
};

const cli: Target = {
  name: 'claude-cli',
  run(bytes) {
    for (const line of textOf(bytes).split('\n').slice(0, 50)) cliEvent(line);
  },
  seeds: [
    '{"type":"system","subtype":"init","session_id":"x","model":"m"}',
    '{"type":"assistant","message":{"content":[{"type":"tool_use","id":"a","name":"Read","input":{}},{"type":"text","text":"x"}]}}',
    '{"type":"user","message":{"content":[{"type":"tool_result","tool_use_id":"a","content":"x","is_error":true}]}}',
    '{"type":"result","subtype":"success","is_error":false,"result":"x","usage":{"input_tokens":1},"permission_denials":[{"tool_name":"x"}]}',
  ],
  words: [...WORDS, '"result"', '"usage":', '"permission_denials":', '"modelUsage":{}'],
  cases: [],
  large: [['brackets', times(200_000, '[')]],
};

/** A pattern, and behind the first line end a path. */
const patterns: Target = {
  name: 'path-patterns',
  run(bytes) {
    const [pattern = '', path = ''] = textOf(bytes).split('\n');
    const is = isPathPattern(pattern);
    wholeFolder(pattern);
    if (is) promise(!matchesPath(pattern, path) || !pattern.startsWith('/'), 'a pattern leads out');
  },
  seeds: ['src/**\nsrc/a/b', '*.md\na.md', '**/a*b*c/**/d\nx/a1b2c/y/d', '../x\nx'],
  words: ['**', '*', '?', '/', '..', '.', '\n', 'a', '.git'],
  cases: [],
  large: [
    ['stars', () => `${'*a'.repeat(240)}\n${'a'.repeat(100_000)}`],
    ['names', () => `${'**/'.repeat(31)}a\n${'a/'.repeat(50_000)}`],
  ],
};

export const AGENTS: readonly Target[] = [session, cli, patterns];

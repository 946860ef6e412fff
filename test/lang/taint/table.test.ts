import { describe, expect, it } from 'vitest';
import { compileText, problemsOf } from '../compile/compile.ts';

const SOURCES: Readonly<Record<string, readonly [step: string, read: string]>> = {
  'a model': ['src: { claude: Which file? }', 'steps.src.outputs.text'],
  'an MCP server': ['src: { mcp: { server: s, tool: t } }', 'steps.src.outputs.text'],
  'an HTTP answer': ["src: { http: { url: 'https://example.com' } }", 'steps.src.outputs.body'],
};
const HEAD = 'mcp: { s: { command: node } }\nsteps:\n';

const SINKS: Readonly<Record<string, (value: string) => string>> = {
  cwd: (v) => `use: { run: ls, cwd: "${v}" }`,
  'a part of cwd': (v) => `use: { run: ls, cwd: "src/${v}" }`,
  'write.path': (v) => `use: { write: { path: "${v}", content: a } }`,
  save: (v) => `use: { http: { url: 'https://example.com', save: "${v}" } }`,
  files: (v) => `use: { run: ls, files: ["${v}"] }`,
  'claude.files': (v) => `use: { claude: { prompt: hi, files: ["${v}"] } }`,
  'claude.images': (v) => `use: { claude: { prompt: hi, images: "${v}" } }`,
  artifacts: (v) => `use: { run: ls, artifacts: ["${v}"] }`,
  'cache.inputs': (v) => `use: { run: ls, cache: { inputs: ["${v}"] } }`,
  'cache.outputs': (v) => `use: { run: ls, cache: { inputs: [], outputs: ["${v}"] } }`,
  exists: (v) => `use: { run: ls, ensures: [{ exists: "${v}" }] }`,
  'wait.file': (v) => `use: { wait: { file: "${v}" } }`,
  url: (v) => `use: { http: { url: "${v}" } }`,
  host: (v) => `use: { http: { url: "https://${v}/index.html" } }`,
  'host behind a user': (v) => `use: { http: { url: "https://me@${v}" } }`,
  'part of an address': (v) => `use: { http: { url: "https://example.com/a/${v}" } }`,
  query: (v) => `use: { http: { url: "https://example.com/?q=${v}" } }`,
  'ensures http': (v) => `use: { run: ls, ensures: [{ http: "${v}" }] }`,
  'a program': (v) => `use: { run: "${v} --help" }`,
  'a program of a list': (v) => `use: { run: ["${v}", a] }`,
  'bash -c': (v) => `use: { run: 'bash -c ${v.replaceAll("'", "''")}' }`,
  'a list for bash -c': (v) => `use: { run: [bash, -c, "${v}"] }`,
  'a list for ssh': (v) => `use: { run: [ssh, host, "${v}"] }`,
  xargs: (v) => `use: { run: 'echo a | xargs ${v.replaceAll("'", "''")}' }`,
  'python -c': (v) => `use: { run: 'python3 -c ${v.replaceAll("'", "''")}' }`,
  'PATH in env': (v) => `use: { run: ls, env: { PATH: "${v}" } }`,
  'NODE_OPTIONS in env': (v) => `use: { run: ls, env: { NODE_OPTIONS: "${v}" } }`,
  'a tool': (v) => `use: { mcp: { server: s, tool: "${v}" } }`,
  readFile: (v) => `use: { set: { a: "${v.replace('${{ ', '${{ readFile(').replace(' }}', ') }}')}" } }`,
};

const ALLOWED: Readonly<Record<string, (value: string) => string>> = {
  'a word of a script': (v) => `use: { run: 'echo ${v.replaceAll("'", "''")}' }`,
  'an item of a list': (v) => `use: { run: [echo, "${v}"] }`,
  stdin: (v) => `use: { run: cat, stdin: "${v}" }`,
  prompt: (v) => `use: { claude: { prompt: "Say ${v}" } }`,
  env: (v) => `use: { run: ls, env: { TITLE: "${v}" } }`,
  body: (v) => `use: { http: { url: 'https://example.com', method: POST, body: "${v}" } }`,
  arguments: (v) => `use: { mcp: { server: s, tool: t, arguments: { a: "${v}" } } }`,
  content: (v) => `use: { write: { path: a.txt, content: "${v}" } }`,
  show: (v) => `use: { approve: { message: ok?, show: "${v}" } }`,
  fail: (v) => `use: { fail: "${v}" }`,
};

function problems(steps: readonly string[]): readonly string[] {
  const { diagnostics } = compileText(HEAD + steps.map((step) => `  ${step}\n`).join(''));
  return problemsOf(diagnostics.filter(({ severity }) => severity === 'error')).map((one) => one.split(' ')[0] ?? '');
}

describe('what unchecked text may not decide', () => {
  for (const [word, [source, read]] of Object.entries(SOURCES)) {
    for (const [name, sink] of Object.entries(SINKS))
      it(`${word} → ${name}`, () => {
        expect(problems([source, sink(`\${{ ${read} }}`)])).toEqual(['PLAN_TAINTED']);
      });
    for (const [name, sink] of Object.entries(ALLOWED))
      it(`${word} may be ${name}`, () => {
        expect(problems([source, sink(`\${{ ${read} }}`)])).toEqual([]);
      });
  }
});

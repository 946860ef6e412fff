import { readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Ajv } from 'ajv';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openWorkplace, type Workplace } from './giga.ts';

const EVERYTHING = resolve('node_modules/@modelcontextprotocol/server-everything/dist/index.js');
const FILESYSTEM = resolve('node_modules/@modelcontextprotocol/server-filesystem/dist/index.js');
const FAULTY = resolve('test/steps/mcp/faulty-server.mjs');
const NODE = process.execPath;

let place: Workplace;
beforeEach(() => {
  place = openWorkplace();
});
afterEach(() => place.remove());

const serverOf = (file: string, more = ''): string => `{ command: ${NODE}, args: ['${file}']${more} }`;
const configured = (): void => place.put('giga.yaml', `mcp: { faulty: ${serverOf(FAULTY)} }\n`);

describe('a run with mcp steps', () => {
  it('asks servers of the workflow, of giga.yaml and of .mcp.json', async () => {
    configured();
    place.put(
      '.mcp.json',
      JSON.stringify({ mcpServers: { files: { type: 'stdio', command: NODE, args: [FILESYSTEM, '.'] } } }),
    );
    place.put('a.txt', 'alpha');
    place.put(
      'w.yaml',
      `mcp: { all: ${serverOf(EVERYTHING)} }
steps:
  echo: { mcp: { server: all, tool: echo, arguments: { message: "\${{ steps.read.outputs.structured.content }}" } } }
  read: { mcp: { server: files, tool: read_text_file, arguments: { path: a.txt } } }
  hello: { mcp: { server: faulty, tool: hello, arguments: { to: you } } }
outputs: { said: "\${{ steps.echo.outputs.text }}, \${{ steps.hello.outputs.text }}" }
`,
    );
    const { code, out } = await place.giga('run', 'w.yaml', '--json');
    expect(code).toBe(0);
    expect(out).toContain('"outputs":{"said":"Echo: alpha, hello you"}');
  });

  it('shows no secret that a server gives back, and keeps none', async () => {
    place.remove();
    place = openWorkplace({ TOKEN: 'very-secret-token' });
    place.put(
      'w.yaml',
      `secrets: [TOKEN]
mcp: { s: ${serverOf(FAULTY, ', env: { TOKEN: "${{ secrets.TOKEN }}" }')} }
steps: { env: { mcp: { server: s, tool: env } } }
outputs: { env: "\${{ steps.env.outputs.text }}" }
`,
    );
    const { code, out } = await place.giga('run', 'w.yaml', '--json');
    expect(code).toBe(0);
    expect(out).toContain('TOKEN');
    expect(out).not.toContain('very-secret-token');
    expect((await place.bash('grep -rl very-secret-token .giga || echo none')).out).toBe('none\n');
  });

  it('tries again on a server that is started anew', async () => {
    place.put(
      'w.yaml',
      `mcp: { s: ${serverOf(FAULTY)} }\nsteps: { die: { mcp: { server: s, tool: die }, retry: { attempts: 2, delay: 10ms } } }\n`,
    );
    const { code, out } = await place.giga('run', 'w.yaml', '--json');
    expect(code).toBe(1);
    expect(out.match(/"type":"attempt.ended"[^\n]*STEP_MCP_LOST/g)).toHaveLength(2);
  });

  it.each([
    [', stateful: true', '3'],
    ['', '1'],
  ])('makes the calls of a stateful server again when it goes on: %s', async (stateful, count) => {
    place.put(
      'w.yaml',
      `mcp: { s: ${serverOf(FAULTY, stateful)} }
steps:
  - { id: group, steps: [{ id: one, mcp: { server: s, tool: count } }] }
  - { id: two, mcp: { server: s, tool: count } }
  - { id: gate, run: test -e ok }
  - { id: three, mcp: { server: s, tool: count } }
outputs: { count: "\${{ steps.three.outputs.text }}" }
`,
    );
    expect((await place.giga('run', 'w.yaml')).code).toBe(1);
    place.put('ok', '');
    const { code, out } = await place.giga('resume', '--json');
    expect(code).toBe(0);
    expect(out).toContain(`"outputs":{"count":"${count}"}`);
    expect((await place.giga('resume')).err).toContain('nothing');
  });

  it('leaves no server behind, not even when it is killed', async () => {
    place.put(
      'w.yaml',
      `mcp: { s: { command: ${NODE}, args: ['${FAULTY}', lingers] } }
steps:
  - { id: pid, mcp: { server: s, tool: pid } }
  - { id: hang, mcp: { server: s, tool: hang } }
`,
    );
    const killed = await place.bash(`
      '${NODE}' '${place.program}' run w.yaml & pid=$!
      until grep -qs '"node":"hang"' .giga/runs/*/journal/1.jsonl; do kill -0 $pid || break; done
      kill -9 $pid; wait $pid; echo "code $?"
      server=$(sed -n 's/.*"node":"pid".*"outputs":{"content":\\[{"type":"text","text":"\\([0-9]*\\)".*/\\1/p' .giga/runs/*/journal/1.jsonl)
      kill -0 $server && echo "left $server"
      '${NODE}' '${place.program}' resume >/dev/null 2>&1 & resumed=$!
      while kill -0 $server 2>/dev/null; do kill -0 $resumed || break; done
      kill -0 $server 2>/dev/null || echo gone
      kill -INT $resumed; wait $resumed; ls .giga/runs/*/services`);
    expect(killed.out).toContain('code 137');
    expect(killed.out).toContain('left ');
    expect(killed.out).toContain('gone\n');
  });
});

describe('giga mcp', () => {
  it('lists servers, and what is wrong with others', async () => {
    place.put('giga.yaml', 'mcp: { b: { url: "https://x.example/mcp" }, a: { command: x, args: [y, z] } }\n');
    place.put('.mcp.json', '{"mcpServers":{"old":{"type":"sse","url":"http://x"}}}');
    expect(await place.giga('mcp', 'list')).toEqual({
      code: 0,
      out: `b  giga.yaml  https://x.example/mcp
a  giga.yaml  x y z
✘ The server \`old\` of \`.mcp.json\` has a \`type\` that giga does not speak.
`,
      err: '',
    });
    expect((await openEmpty('mcp', 'list')).err).toContain('There are no MCP servers');
  });

  const openEmpty = async (...args: string[]) => {
    const empty = openWorkplace();
    const outcome = await empty.giga(...args);
    empty.remove();
    return outcome;
  };

  it('refuses a configuration that cannot be meant', async () => {
    place.put('giga.yaml', 'mcp: { a: { comand: x } }\n');
    const { code, err } = await place.giga('mcp', 'list');
    expect([code, err]).toEqual([3, expect.stringContaining('The server `a` has no key `comand`')]);
  });

  it('shows what a server has', async () => {
    configured();
    const { out } = await place.giga('mcp', 'tools', 'faulty');
    expect(out).toContain('faulty 1 · MCP ');
    expect(out).toContain('Be careful.\n\ntools\n  hello(to?)  Says hello.\n');
  });

  it('calls a tool', async () => {
    configured();
    expect(await place.giga('mcp', 'call', 'faulty', 'hello', '-a', 'to=me')).toEqual({
      code: 0,
      out: 'hello me\n',
      err: '',
    });
    expect(await place.giga('mcp', 'call', 'faulty', 'fail')).toMatchObject({ code: 1, out: 'the disk is on fire\n' });
    const wrong = await place.giga('mcp', 'call', 'faulty', 'hello', '-a', '{"to": 1}');
    expect(wrong.err).toContain('error[STEP_MCP_ARGUMENTS]');
    expect((await place.giga('mcp', 'call', 'faulty', 'hello', '-a', 'x')).code).toBe(2);
    expect((await place.giga('mcp', 'call', 'faulty', 'hello', '--resource', '--prompt')).code).toBe(2);
    expect((await place.giga('mcp', 'call', 'fawlty', 'hello')).err).toContain(
      'a server with a similar name exists: `faulty`',
    );
  });

  it('finds the servers of a workflow', async () => {
    place.put(
      'w.yaml',
      `inputs: { who: { type: string, default: FAULTY } }
mcp: { s: { command: '${NODE}', args: ['${FAULTY}'], env: { WHO: "\${{ inputs.who }}" } }, unused: { command: x } }
steps: { g: { steps: { a: { mcp: { server: s, tool: pid } } } } }
`,
    );
    expect((await place.giga('mcp', 'list', '--workflow', 'w.yaml')).out).toContain('s  the workflow  ');
    const { out } = await place.giga('mcp', 'call', 's', 'env', '--workflow', 'w.yaml');
    expect(JSON.parse(out)['WHO']).toBe('FAULTY');
  });

  it('pings, and fails where one does not answer', async () => {
    place.put('giga.yaml', `mcp: { faulty: ${serverOf(FAULTY)}, gone: { command: no-such-program } }\n`);
    expect(await place.giga('mcp', 'ping', 'faulty')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^faulty {2}faulty 1 · MCP \S+ · started in \d+ ms, ping \d+ ms\n$/),
    });
    expect(await place.giga('mcp', 'ping')).toMatchObject({ code: 1, err: expect.stringContaining('STEP_MCP_START') });
  });

  it('pins, finds what has changed, and accepts it', async () => {
    configured();
    place.put('w.yaml', 'steps: { a: { mcp: { server: faulty, tool: hello } } }\n');
    expect(await place.giga('mcp', 'pin', '--check')).toMatchObject({
      code: 4,
      out: 'faulty  25 tools, not pinned before\n',
    });
    expect(await place.giga('mcp', 'pin')).toMatchObject({
      code: 0,
      out: 'faulty  25 tools, not pinned before, now pinned\n',
    });
    const lock = `${place.folder}/giga.lock`;
    const text = readFileSync(lock, 'utf8');
    const validate = new Ajv().compile(JSON.parse(readFileSync('schemas/lock.schema.json', 'utf8')));
    expect([validate(JSON.parse(text)), validate.errors]).toEqual([true, null]);
    expect((await place.giga('run', 'w.yaml')).code).toBe(0);
    writeFileSync(lock, text.replace('Says hello.', 'Says goodbye.'));
    const refused = await place.giga('run', 'w.yaml');
    expect(refused.code).toBe(1);
    expect(refused.err).toContain('POLICY_MCP_CHANGED');
    expect((await place.giga('mcp', 'doctor')).out).toContain('✘ error    faulty');
    expect(await place.giga('mcp', 'pin')).toMatchObject({
      code: 0,
      out: `faulty  25 tools, different from what was pinned, now pinned
  - hello.description: "Says goodbye."
  + hello.description: "Says hello."
`,
    });
    expect(readFileSync(lock, 'utf8')).toBe(text);
    expect(await place.giga('mcp', 'pin', '--check')).toMatchObject({ code: 0, out: 'faulty  25 tools, as pinned\n' });
    expect(await place.giga('mcp', 'doctor')).toMatchObject({ code: 0, out: expect.stringContaining('as pinned') });
    writeFileSync(lock, '{');
    expect((await place.giga('run', 'w.yaml')).err).toContain('CONFIG_LOCK');
    expect((await place.giga('mcp', 'doctor')).out).toContain('✘ error    giga.lock');
    expect((await place.giga('mcp', 'pin')).err).toContain('CONFIG_LOCK');
  });

  it('prints lines as the schema of events says', async () => {
    configured();
    place.put('giga.yaml', `mcp: { faulty: ${serverOf(FAULTY)} }\nmcp-registry: r.json\n`);
    const entry = { name: 'x/a', version: '1', packages: [{ registryType: 'npm', identifier: 'a', version: '1' }] };
    place.put('r.json', JSON.stringify({ servers: [entry] }));
    place.put('w.yaml', 'steps: { a: { mcp: { server: faulty, tool: hello, arguments: { to: them } } } }\n');
    const schema = JSON.parse(readFileSync('schemas/event.schema.json', 'utf8'));
    const validate = new Ajv({ strict: false }).compile(schema);
    const { out } = await place.bash(
      'giga mcp list --json; giga mcp tools faulty --json; giga mcp call faulty hello --json; giga mcp ping --json; giga mcp pin --json; giga mcp doctor --json; giga mcp search --json; giga mcp add a --yes --json; giga run w.yaml >/dev/null 2>&1; giga mcp audit --json',
    );
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { readonly type: string });
    for (const line of lines) {
      expect([line.type, validate(line), validate.errors]).toEqual([line.type, true, null]);
      expect(Object.keys(schema.definitions)).toContain(line.type);
    }
    expect(lines.map(({ type }) => type)).toEqual([
      'mcp.server',
      'mcp.tools',
      'mcp.answer',
      'mcp.pinged',
      'mcp.pinned',
      'finding',
      'mcp.found',
      'mcp.added',
      'mcp.audited',
    ]);
  });
});

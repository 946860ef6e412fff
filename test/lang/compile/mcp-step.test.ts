import { describe, expect, it } from 'vitest';
import { compileText as compile, planOf, requestOf, stepOf } from './compile.ts';

const A = '${{';
const codes = (text: string, options = {}): readonly string[] =>
  compile(text, options).diagnostics.map(({ code, message }) => `${code} ${message}`);
const call = (mcp: string, top = 'mcp: { s: { command: x } }'): string => `${top}\nsteps: { a: { mcp: ${mcp} } }\n`;

describe('the request of an mcp step', () => {
  it('holds the server and what is asked for', () => {
    const plan = planOf(`secrets: [T]
inputs: { dir: { type: string, default: d } }
mcp:
  files:
    command: node
    args: [server.js, '${A} inputs.dir }}', 1]
    env: { TOKEN: '${A} secrets.T }}', E: '' }
    replicas: 3
    tools: [read_*]
    timeout: 5s
    max-output: 2KB
    pin: true
steps:
  a:
    mcp: { server: files, tool: read_it, arguments: { path: '${A} inputs.dir }}/x', n: 1 }, tools: [read_*] }
    permissions: { net: [a.com] }
    max-output: 1KB
`);
    expect(requestOf(stepOf(plan, 'a'))).toEqual({
      server: {
        name: 'files',
        command: 'node',
        args: ['server.js', '{inputs.dir}!', '1'],
        env: { TOKEN: '{secrets.T}', E: '' },
        replicas: 3,
        tools: ['read_*'],
        timeoutMs: 5_000,
        maxOutput: 2_000,
        pin: true,
      },
      tool: 'read_it',
      arguments: { path: '{inputs.dir}/x', n: 1 },
      tools: ['read_*'],
      net: ['a.com'],
      maxOutput: 1_000,
    });
  });

  it('holds an address with its headers and credentials', () => {
    const server = `{ url: 'https://x.example/mcp', headers: { authorization: 'Bearer ${A} secrets.T }}' }, auth: { client-id: me, client-secret: '${A} secrets.T }}', issuer: 'https://i.example' }, stateful: true }`;
    const plan = planOf(call('{ server: s, resource: "a://b" }', `secrets: [T]\nmcp: { s: ${server} }`));
    expect(requestOf(stepOf(plan, 'a'))).toEqual({
      server: {
        name: 's',
        url: 'https://x.example/mcp',
        headers: { authorization: 'Bearer {secrets.T}!' },
        auth: { clientId: 'me', clientSecret: '{secrets.T}!', issuer: 'https://i.example' },
        stateful: true,
      },
      resource: 'a://b',
    });
  });

  it('holds which hosts may be private where the address is made of values', () => {
    const namedIn = (url: string, more = ''): unknown => {
      const top = `inputs: { u: { type: string, default: x } }\nmcp: { s: { url: '${url}' } }${more}`;
      const server: unknown = requestOf(stepOf(planOf(call('{ server: s, tool: t }', top)), 'a'))['server'];
      return (server as { readonly named?: unknown }).named;
    };
    expect(namedIn('http://127.0.0.1/mcp')).toBeUndefined();
    expect(namedIn(`http://127.0.0.1:${A} inputs.u }}/mcp`)).toBeUndefined();
    expect(namedIn(`http://[::1]/${A} inputs.u }}`)).toBeUndefined();
    expect(namedIn(`${A} inputs.u }}`)).toEqual([]);
    expect(namedIn(`http://a${A} inputs.u }}/mcp`)).toEqual([]);
    expect(namedIn(`http://[fe80${A} inputs.u }}`)).toEqual([]);
    expect(namedIn(`${A} inputs.u }}`, '\npermissions: { net: [10.0.0.1, "*"] }')).toEqual(['10.0.0.1']);
  });

  it('holds the bounds of model calls that a server may ask for', () => {
    const samplingIn = (value: string): unknown => {
      const { plan, diagnostics } = compile(
        call('{ server: s, tool: t }', `mcp: { s: { command: x, sampling: ${value} } }`),
      );
      return plan === null ? diagnostics.map(({ message }) => message) : requestOf(stepOf(plan, 'a'))['server'];
    };
    const server = { name: 's', command: 'x' };
    expect(samplingIn('true')).toEqual({ ...server, sampling: {} });
    expect(samplingIn('false')).toEqual(server);
    expect(samplingIn('{ calls: 3 }')).toEqual({ ...server, sampling: { calls: 3 } });
    expect(samplingIn('{ model: m, max-tokens: 9 }')).toEqual({ ...server, sampling: { model: 'm', maxTokens: 9 } });
    expect(samplingIn('{ calls: 0 }')).toEqual([expect.stringContaining('calls')]);
    expect(samplingIn('much')).toEqual([expect.stringContaining('sampling')]);
  });

  it('takes a server of the configuration as it is', () => {
    const s = { name: 's', from: 'giga.yaml', command: 'x', env: { A: '${B}' } };
    const { plan: value } = compile(call('{ server: s, prompt: p }', ''), { config: { mcp: { s } } });
    expect(value && requestOf(stepOf(value, 'a'))).toEqual({ server: s, prompt: 'p' });
    const own = compile(call('{ server: s, prompt: p }', 'mcp: { s: { command: y } }'), { config: { mcp: { s } } });
    expect(own.plan && requestOf(stepOf(own.plan, 'a'))).toEqual({
      server: { name: 's', command: 'y' },
      prompt: 'p',
    });
  });

  it('has the defaults of steps that run something, and a limit of time without any', () => {
    const plan = (top: string) =>
      stepOf(planOf(call('{ server: s, tool: t }', `${top}\nmcp: { s: { command: x } }`)), 'a');
    expect(plan('defaults: { timeout: 5s, retry: 3 }')).toMatchObject({ timeoutMs: 5_000, retry: { attempts: 3 } });
    expect(plan('')).toMatchObject({ timeoutMs: 600_000 });
  });
});

describe('refused is', () => {
  it.each([
    ['{ server: t, tool: x }', 'PLAN_MCP_SERVER There is no MCP server `t`.'],
    ["{ server: '${{ inputs.x }}', tool: x }", 'PLAN_MCP_SERVER The name of a server must be known before the run.'],
    ['{ server: s }', 'PLAN_MCP_CALL `mcp` asks for exactly one of `tool`, `resource` and `prompt`.'],
    [
      '{ server: s, tool: x, prompt: y }',
      'PLAN_MCP_CALL `mcp` asks for exactly one of `tool`, `resource` and `prompt`.',
    ],
    ['{ server: s, resource: x, arguments: { a: 1 } }', 'PLAN_MCP_CALL A `resource` takes no `arguments`.'],
  ])('the step %s', (mcp, expected) => {
    expect(codes(call(mcp))).toEqual([expected]);
  });

  it.each([
    ['{ command: x, url: y }', 'The server `s` needs either `command` or `url`.'],
    ['{ pin: true }', 'The server `s` needs either `command` or `url`.'],
    [
      '{ command: x, stateful: true, replicas: 2 }',
      'A `stateful` server has one process: its calls depend on each other.',
    ],
    [
      '{ url: x, auth: { client-id: a, client-secret: b } }',
      '`client-secret` needs an `issuer` beside it: no other may see it.',
    ],
    [
      '{ url: x, auth: { client-id: a, private-key: b } }',
      '`private-key` needs an `issuer` beside it: no other may see it.',
    ],
  ])('the server %s', (server, expected) => {
    expect(codes(call('{ server: s, tool: x }', `mcp: { s: ${server} }`))).toEqual([`PLAN_MCP_SERVER ${expected}`]);
  });

  it('a server of the configuration that cannot be used, when it is named', () => {
    const config = { mcp: { s: { from: '.mcp.json', fault: 'has no key `type`' }, t: { name: 't', command: 'x' } } };
    expect(codes(call('{ server: s, tool: x }', ''), { config })).toEqual([
      'PLAN_MCP_SERVER The server `s` of `.mcp.json` has no key `type`.',
    ]);
    expect(codes(call('{ server: t, tool: x }', ''), { config })).toEqual([]);
  });

  it.each([
    ["mcp: { s: { command: '${{ secrets.T }}' } }", 'command'],
    ["mcp: { s: { command: x, args: ['${{ secrets.T }}'] } }", 'args'],
  ])('a secret in %s', (top) => {
    expect(codes(call('{ server: s, tool: x }', `secrets: [T]\n${top}`)).join()).toContain('SECRET');
  });
});

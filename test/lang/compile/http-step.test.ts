import { describe, expect, it } from 'vitest';
import { planOf, requestOf, stepOf } from './compile.ts';

const A = '${{';

describe('the request of an http step', () => {
  it('holds what is written', () => {
    const plan = planOf(`secrets: [T]
inputs: { n: { type: integer, default: 1 } }
steps:
  a:
    http:
      url: https://x.example/${A} inputs.n }}
      method: put
      headers: { a: 'b ${A} secrets.T }}', c: 1 }
      body: { n: '${A} inputs.n }}' }
      expect: { status: [200, 4xx], headers: { content-type: text/plain, x: true }, json: { type: object } }
      paginate: { next: self.json.next, max: 3 }
    cwd: sub
    max-output: 2KB
`);
    expect(requestOf(stepOf(plan, 'a'))).toEqual({
      url: 'https://x.example/{inputs.n}!',
      method: 'PUT',
      headers: { a: 'b {secrets.T}!', c: '1' },
      body: { n: '<inputs.n>' },
      expect: {
        status: [200, '4xx'],
        headers: { 'content-type': 'text/plain', x: true },
        json: { type: 'object' },
      },
      paginate: { next: { source: 'self.json.next', expr: expect.any(Object) }, max: 3 },
      cwd: 'sub',
      maxOutput: 2_000,
    });
  });

  it.each([
    ['', '', '', undefined, undefined],
    ['permissions: { net: [A.com] }', '', '', ['a.com'], ['a.com']],
    ['', '', ', permissions: { net: [a.com] }', ['a.com'], ['a.com']],
    ["permissions: { net: ['*'] }", '', ', permissions: { net: [a.com] }', ['a.com'], []],
    ["permissions: { net: ['*', a.com] }", '', ', permissions: { net: [a.com] }', ['a.com'], ['a.com']],
    ['permissions: { net: [a.com, b.com] }', ', permissions: { net: [b.com] }', '', ['b.com'], ['b.com']],
    ["permissions: { net: ['*.a.com'] }", ', permissions: { net: [x.a.com] }', '', ['x.a.com'], []],
    ['permissions: { net: [a.com] }', '', ', permissions: { net: [] }', [], []],
  ])('may reach what %s %s %s let through', (top, group, own, net, named) => {
    const plan = planOf(`${top}\nsteps: { g: { steps: { a: { http: { url: x }${own} } }${group} } }\n`);
    const request = requestOf(stepOf(plan, 'g/a'));
    expect([request['net'], request['named']]).toEqual([net, named]);
  });

  it('has the defaults of steps that run something, and a limit of time without any', () => {
    const text = (defaults: string) =>
      `${defaults}\nsteps: { a: { http: { url: x } }, w: { write: { path: x, content: y } } }\n`;
    const plan = planOf(text('defaults: { timeout: 5s, retry: 3 }'));
    expect(stepOf(plan, 'a')).toMatchObject({ timeoutMs: 5_000, retry: { attempts: 3 } });
    expect(Object.keys(stepOf(plan, 'w'))).not.toContain('timeoutMs');
    expect(Object.keys(stepOf(plan, 'w'))).not.toContain('retry');
    expect(stepOf(planOf(text('')), 'a')).toMatchObject({ timeoutMs: 600_000 });
  });
});

import { expect, test } from 'vitest';
import { madeUpFakes } from '../../../src/app/commands/made-up-fakes.ts';
import { sampleOf } from '../../../src/app/commands/sample.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { planOf } from '../../engine/world.ts';

const RUN = { stdout: '1', stderr: '', 'exit-code': 0 };

function fakesOf(yaml: string): Readonly<Record<string, JsonObject | undefined>> {
  const { fakes } = madeUpFakes(planOf(yaml));
  return Object.fromEntries([...fakes].map(([path, { attempts }]) => [path, attempts[0]?.outputs]));
}

test.each([
  ['a script', 'steps: { a: { run: x } }', { a: RUN }],
  [
    'names that others read',
    `steps: { a: { run: x }, b: { run: 'echo "\${{ steps.a.outputs.image }}"' } }`,
    { a: { ...RUN, image: '1' }, b: RUN },
  ],
  [
    'names that the run gives',
    `steps: { a: { run: x } }\noutputs: { v: '\${{ steps.A.outputs.tag }}' }`,
    { a: { ...RUN, tag: '1' } },
  ],
  [
    'JSON of which members are read',
    `steps: { a: { run: x, outputs: { v: '\${{ self.json.v.w }}' } } }`,
    { a: { ...RUN, stdout: '{"v":{"w":"1"}}' } },
  ],
  [
    'a type that is declared',
    `steps: { a: { run: x, outputs: { v: { value: '\${{ self.json }}', type: array, minItems: 1 } } } }`,
    { a: { ...RUN, stdout: '["1"]' } },
  ],
  [
    'what a fan-out is over',
    `steps: { a: { run: x }, b: { for-each: '\${{ steps.a.outputs.all }}', run: x } }`,
    { a: { ...RUN, all: ['1', '2'] }, b: RUN },
  ],
  [
    'http',
    `steps: { a: { http: { url: https://example.com } }, b: { set: { v: '\${{ steps.a.outputs.json.n }}' } } }`,
    { a: { status: 200, headers: {}, body: '', json: { n: '1' } } },
  ],
  [
    'an event',
    `steps: { a: { wait: { event: e } } }\noutputs: { v: '\${{ steps.a.outputs.event.n }}' }`,
    { a: { event: { n: '1' } } },
  ],
  [
    'steps inside',
    `steps: { g: { steps: [{ id: a, run: x }, { id: b, set: { v: '\${{ steps.a.outputs.n }}' } }] } }`,
    { 'g/a': { ...RUN, n: '1' } },
  ],
])('%s', (_name, yaml, fakes) => {
  expect(fakesOf(yaml)).toEqual(fakes);
});

test.each([
  [{}, '1'],
  [{ type: 'integer', minimum: 3 }, 3],
  [{ type: ['boolean', 'null'] }, true],
  [{ enum: ['a', 'b'] }, 'a'],
  [{ const: 7 }, 7],
  [{ type: 'string', default: 'x' }, 'x'],
  [{ type: 'string', minLength: 3 }, '111'],
  [{ type: 'null' }, null],
  [{ type: 'array', minItems: 2, items: { type: 'integer' } }, [1, 1]],
  [
    { type: 'object', required: ['a', 'b'], properties: { a: { type: 'boolean' }, c: {} } },
    { a: true, b: '1' },
  ],
])('a sample of %j', (schema, value) => {
  expect(sampleOf(schema)).toEqual(value);
});

import { describe, expect, it } from 'vitest';
import { compileFiles, type Files, problemsOf } from '../compile/compile.ts';

/** Steps in between, and what is read then. `src` is a model's answer. */
const DIRTY: Readonly<Record<string, readonly [steps: string, read: string]>> = {
  nothing: ['', 'steps.src.outputs.text'],
  needs: ['', 'needs.src.outputs.text'],
  brackets: ['', "steps['src']['outputs'].text"],
  case: ['', 'Steps.SRC.Outputs.TEXT'],
  'a function': ['', 'trim(upper(steps.src.outputs.text))'],
  '+': ['', "'a' + steps.src.outputs.text"],
  '||': ['', "steps.src.outputs.text || 'a'"],
  '??': ['', "steps.src.outputs.text ?? 'a'"],
  '&&': ['', 'true && steps.src.outputs.text'],
  'a choice': ['', "inputs.n == 'a' ? 'b' : steps.src.outputs.text"],
  'a lambda': ['', "join(map(split(steps.src.outputs.text, ','), x => 'a' + x))"],
  filter: ['', "first(filter(split(steps.src.outputs.text, ','), x => x != ''))"],
  fromJSON: ['', 'fromJSON(steps.src.outputs.text).a.b'],
  toJSON: ['', 'toJSON(steps.src.outputs)'],
  format: ['', "format('{0}', steps.src.outputs.text)"],
  base64: ['', 'base64(steps.src.outputs.text)'],
  'a list': ['', '[steps.src.outputs.text][0]'],
  'an object': ['', '{ a: steps.src.outputs.text }.a'],
  'keys of an answer': ['', 'first(keys(fromJSON(steps.src.outputs.text)))'],
  entries: ['', 'first(entries(fromJSON(steps.src.outputs.text))).value'],
  groupBy: ['', 'first(keys(groupBy([1], x => steps.src.outputs.text)))'],
  date: ['', "date('2026-01-01', steps.src.outputs.text)"],
  case_function: ['', "case(true, steps.src.outputs.text, 'a')"],
  '.*': ['  lst: { set: { all: ["${{ steps.src.outputs.text }}"] } }\n', 'first(steps.lst.outputs.all.*)'],
  set: ['  a: { set: { v: "${{ steps.src.outputs.text }}" } }\n', 'steps.a.outputs.v'],
  'set twice': [
    '  a: { set: { v: "${{ steps.src.outputs.text }}" } }\n  b: { set: { w: { x: "${{ steps.a.outputs.v }}" } } }\n',
    'steps.b.outputs.w.x',
  ],
  'a program': ['  a: { run: "echo ${{ steps.src.outputs.text }}" }\n', 'steps.a.outputs.stdout'],
  'a program by env': ['  a: { run: cat, env: { A: "${{ steps.src.outputs.text }}" } }\n', 'steps.a.outputs.stdout'],
  'a program by stdin': ['  a: { run: cat, stdin: "${{ steps.src.outputs.text }}" }\n', 'steps.a.outputs.found'],
  'the env of a group': [
    '  g: { env: { A: "${{ steps.src.outputs.text }}" }, steps: { a: { run: env } }, outputs: { o: "${{ steps.a.outputs.stdout }}" } }\n',
    'steps.g.outputs.o',
  ],
  'computed outputs': [
    '  a: { run: "echo ${{ steps.src.outputs.text }}", outputs: { v: "${{ self.stdout }}" } }\n',
    'steps.a.outputs.v',
  ],
  'outputs with a type': [
    '  a: { set: { v: 1 }, outputs: { w: { value: "${{ steps.src.outputs.text }}", type: string } } }\n',
    'steps.a.outputs.w',
  ],
  'outputs with a length': [
    '  a: { set: { v: 1 }, outputs: { w: { value: "${{ steps.src.outputs.text }}", type: string, maxLength: 10 } } }\n',
    'steps.a.outputs.w',
  ],
  'a pattern for a part': [
    '  a: { set: { v: 1 }, outputs: { w: { value: "${{ steps.src.outputs.text }}", pattern: "[a-z]+" } } }\n',
    'steps.a.outputs.w',
  ],
  'a pattern of which one half is open': [
    '  a: { set: { v: 1 }, outputs: { w: { value: "${{ steps.src.outputs.text }}", pattern: "^a|b$" } } }\n',
    'steps.a.outputs.w',
  ],
  'a branch': [
    '  a: { choose: [{ else: { b: { set: { v: "${{ steps.src.outputs.text }}" } } }, outputs: { o: "${{ steps.b.outputs.v }}" } }] }\n',
    'steps.a.outputs.o',
  ],
  'a race': [
    '  a: { race: { b: { set: { v: "${{ steps.src.outputs.text }}" } }, c: { set: { v: 1 } } } }\n',
    'steps.a.outputs.v',
  ],
  'a fan-out': [
    '  a: { for-each: "${{ fromJSON(steps.src.outputs.text) }}", set: { v: "${{ item.name }}" } }\n',
    'steps.a.outputs[0].v',
  ],
  'items of a fan-out': [
    '  a: { for-each: "${{ fromJSON(steps.src.outputs.text) }}", set: { v: 1 } }\n',
    'steps.a.items[0].key',
  ],
  'a matrix': [
    '  a: { matrix: { x: "${{ fromJSON(steps.src.outputs.text) }}" }, set: { v: "${{ matrix.x }}" } }\n',
    'steps.a.outputs[0].v',
  ],
  'a loop': [
    '  a: { loop: { max: 3 }, set: { v: "${{ loop.last.outputs.w }}", w: "${{ steps.src.outputs.text }}" } }\n',
    'steps.a.outputs.v',
  ],
  'a loop, thrice': [
    '  a: { loop: { max: 9 }, set: { a: "${{ loop.last.outputs.b }}", b: "${{ loop.last.outputs.c }}", c: "${{ loop.last.outputs.d }}", d: "${{ steps.src.outputs.text }}" } }\n',
    'steps.a.outputs.a',
  ],
  'a loop that grows': [
    '  a: { loop: { max: 9 }, set: { a: "${{ loop.last.outputs }}", d: "${{ steps.src.outputs.text }}" } }\n',
    'steps.a.outputs.a.a.a.d',
  ],
  'a message': ['', 'steps.src.error.message'],
};

const CLEAN: Readonly<Record<string, readonly [steps: string, read: string]>> = {
  'a number': ['', 'length(steps.src.outputs.text)'],
  'a digest': ['', 'sha256(steps.src.outputs.text)'],
  'a comparison': ['', "steps.src.outputs.text == 'a' ? 'b' : 'c'"],
  'a pattern in a condition': ['', "matches(steps.src.outputs.text, '^a$') && 'a' || 'b'"],
  'what a list holds': ['', "['a', 'b'][int(steps.src.outputs.text)]"],
  'what an object holds': ['', "{ a: 'x', b: 'y' }[steps.src.outputs.text]"],
  'a number of it': ['', 'int(steps.src.outputs.text)'],
  'what giga says of it': ['', 'steps.src.outputs.model'],
  'its result': ['', 'steps.src.result'],
  'another member': ['  a: { set: { v: "${{ steps.src.outputs.text }}", w: b } }\n', 'steps.a.outputs.w'],
  'an exit code': ['  a: { run: "echo ${{ steps.src.outputs.text }}" }\n', 'steps.a.outputs.exit-code'],
  'a verdict': ['  a: { approve: { message: "${{ steps.src.outputs.text }}" } }\n', 'steps.a.outputs.comment'],
  'outputs with an enum': [
    '  a: { set: { v: 1 }, outputs: { w: { value: "${{ steps.src.outputs.text }}", enum: [a, b] } } }\n',
    'steps.a.outputs.w',
  ],
  'outputs with a pattern': [
    '  a: { set: { v: 1 }, outputs: { w: { value: "${{ steps.src.outputs.text }}", pattern: "^(?:a|b)+$" } } }\n',
    'steps.a.outputs.w',
  ],
  'outputs with a number': [
    '  a: { set: { v: 1 }, outputs: { w: { value: "${{ fromJSON(steps.src.outputs.text) }}", type: integer } } }\n',
    'steps.a.outputs.w',
  ],
  'a program beside it': ['  a: { run: date, needs: src }\n', 'steps.a.outputs.stdout'],
  'a clean item': [
    '  a: { for-each: [x, y], set: { v: "${{ item }}", w: "${{ steps.src.outputs.text }}" } }\n',
    'steps.a.outputs[0].v',
  ],
};

function problems(steps: string, read: string, files: Files = {}): readonly string[] {
  const main = `inputs: { n: { type: string } }\nsteps:\n  src: { claude: Which? }\n${steps}  use: { run: ls, cwd: "\${{ ${read} }}" }\n`;
  const { diagnostics } = compileFiles({ ...files, 'main.yaml': main });
  return problemsOf(diagnostics.filter(({ severity }) => severity === 'error')).map((one) => one.split(' ')[0] ?? '');
}

describe('the ways of a text', () => {
  for (const [name, [steps, read]] of Object.entries(DIRTY))
    it(`${name} leaves it unchecked`, () => {
      expect(problems(steps, read)).toEqual(['PLAN_TAINTED']);
    });
  for (const [name, [steps, read]] of Object.entries(CLEAN))
    it(`${name} is no text of anybody`, () => {
      expect(problems(steps, read)).toEqual([]);
    });
});

it('takes what a pattern is for to be a text', () => {
  const { plan } = compileFiles({
    'main.yaml': 'steps: { a: { set: { v: 1 }, outputs: { w: { value: "${{ self.outputs.v }}", pattern: "^a$" } } } }',
  });
  expect(plan?.root.bodies[0]?.nodes[0]?.outputs?.['w']?.schema).toEqual({ type: ['string', 'null'], pattern: '^a$' });
});

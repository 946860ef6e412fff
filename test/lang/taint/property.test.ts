import fc from 'fast-check';
import { expect, it } from 'vitest';
import { compileText } from '../compile/compile.ts';

const RUNS = Number(process.env['GIGA_RUNS'] ?? 150);

/** What leaves a text what it is: a step that reads another one by a name. */
const HOPS: readonly ((id: string, from: string) => readonly [step: string, read: string])[] = [
  (id, from) => [`${id}: { set: { v: "\${{ ${from} }}" } }`, `steps.${id}.outputs.v`],
  (id, from) => [`${id}: { set: { v: { w: ["\${{ ${from} }}"] } } }`, `steps.${id}.outputs.v.w[0]`],
  (id, from) => [`${id}: { run: "echo \${{ ${from} }}" }`, `steps.${id}.outputs.stdout`],
  (id, from) => [
    `${id}: { run: cat, stdin: "\${{ ${from} }}", outputs: { o: "\${{ trim(self.stdout) }}" } }`,
    `steps.${id}.outputs.o`,
  ],
  (id, from) => [`${id}: { run: env, env: { A: "\${{ ${from} }}" } }`, `steps.${id}.outputs.stderr`],
  (id, from) => [`${id}: { for-each: ["\${{ ${from} }}", b], set: { v: "\${{ item }}" } }`, `steps.${id}.outputs[1].v`],
  (id, from) => [
    `${id}: { matrix: { a: ["\${{ ${from} }}"] }, set: { v: "\${{ matrix.a }}" } }`,
    `steps.${id}.outputs[0].v`,
  ],
  (id, from) => [
    `${id}: { steps: { ${id}x: { set: { v: "\${{ ${from} }}" } } }, outputs: { o: "\${{ steps.${id}x.outputs.v }}" } }`,
    `steps.${id}.outputs.o`,
  ],
  (id, from) => [
    `${id}: { loop: { max: 2 }, set: { v: "\${{ loop.last.outputs.w }}", w: "\${{ ${from} }}" } }`,
    `steps.${id}.outputs.v`,
  ],
  (id, from) => [
    `${id}: { choose: [{ if: true, steps: [{ set: { v: 1 } }], outputs: { o: a } }, { else: [{ set: { v: 1 } }], outputs: { o: "\${{ ${from} }}" } }] }`,
    `steps.${id}.outputs.o`,
  ],
  (id, from) => [
    `${id}: { set: { v: 1 }, outputs: { o: { value: "\${{ ${from} }}", type: string, maxLength: 9 } } }`,
    `steps.${id}.outputs.o`,
  ],
];
const WRAPS: readonly ((read: string) => string)[] = [
  (read) => read,
  (read) => `trim(${read})`,
  (read) => `'a' + ${read}`,
  (read) => `(${read} ?? 'b')`,
  (read) => `(inputs.n == 'a' ? ${read} : 'c')`,
  (read) => `join(map([1], x => ${read}), ',')`,
  (read) => `format('{0}', ${read})`,
];
const CLEANERS: readonly ((id: string, from: string) => readonly [step: string, read: string])[] = [
  (id, from) => [
    `${id}: { set: { v: 1 }, outputs: { o: { value: "\${{ ${from} }}", enum: [a, b] } } }`,
    `steps.${id}.outputs.o`,
  ],
  (id, from) => [
    `${id}: { set: { v: 1 }, outputs: { o: { value: "\${{ ${from} }}", pattern: '^[a-z]+$' } } }`,
    `steps.${id}.outputs.o`,
  ],
  (id, from) => [`${id}: { set: { v: "\${{ length(${from}) }}" } }`, `steps.${id}.outputs.v`],
  (id, from) => [`${id}: { set: { v: "\${{ ${from} == 'a' ? 'a' : 'b' }}" } }`, `steps.${id}.outputs.v`],
];

interface Hop {
  readonly hop: number;
  readonly wrap: number;
}
const hops = fc.array(fc.record({ hop: fc.nat(HOPS.length - 1), wrap: fc.nat(WRAPS.length - 1) }), { maxLength: 6 });

function problems(
  chain: readonly Hop[],
  cleaner: number | null,
  place: number,
  order: readonly number[],
): readonly string[] {
  const steps = ['src: { claude: Which? }'];
  let read = 'steps.src.outputs.text';
  const add = (make: (typeof HOPS)[number] | undefined, id: string, wrap: number): void => {
    const [step, next] = make?.(id, WRAPS[wrap]?.(read) ?? read) ?? ['', read];
    steps.push(step);
    read = next;
  };
  for (const [at, { hop, wrap }] of chain.entries()) {
    if (cleaner !== null && at === place % (chain.length + 1)) add(CLEANERS[cleaner], `c${at}`, 0);
    add(HOPS[hop], `h${at}`, wrap);
  }
  if (cleaner !== null && place % (chain.length + 1) === chain.length) add(CLEANERS[cleaner], 'cz', 0);
  steps.push(`use: { run: ls, cwd: "x/\${{ ${read} }}" }`);
  // A map of steps has no order: they may be written in any.
  const ranked = steps
    .map((step, at) => [order[at] ?? 0, at, step] as const)
    .toSorted((a, b) => a[0] - b[0] || a[1] - b[1]);
  const { diagnostics } = compileText(
    `inputs: { n: { type: string } }\nsteps:\n${ranked.map(([, , step]) => `  ${step}\n`).join('')}`,
  );
  return diagnostics.filter(({ severity }) => severity === 'error').map(({ code, message }) => `${code} ${message}`);
}

const ORDER = fc.array(fc.nat(20), { minLength: 9, maxLength: 9 });

it('a longer way never makes a text clean', () => {
  fc.assert(
    fc.property(hops, ORDER, (chain, order) => {
      expect(problems(chain, null, 0, order)).toEqual([expect.stringContaining('PLAN_TAINTED')]);
    }),
    { numRuns: RUNS, seed: 1 },
  );
});

it('one check on the way is enough', () => {
  fc.assert(
    fc.property(hops, fc.nat(CLEANERS.length - 1), fc.nat(6), ORDER, (chain, cleaner, place, order) => {
      expect(problems(chain, cleaner, place, order)).toEqual([]);
    }),
    { numRuns: RUNS, seed: 1 },
  );
});

/** What the tests import as `vitest` when they run under mocha, many times in one process. Knows only what these tests use of it. */
import { format, inspect } from 'node:util';
import {
  ASYMMETRIC_MATCHERS_OBJECT,
  chai,
  customMatchers,
  GLOBAL_EXPECT,
  JestAsymmetricMatchers,
  JestChaiExpect,
  JestExtend,
  setState,
} from '@vitest/expect';
import fc from 'fast-check';

for (const plugin of [JestExtend, JestChaiExpect, JestAsymmetricMatchers]) chai.use(plugin);

export const expect = Object.assign(
  (value, message) => chai.expect(value, message),
  chai.expect,
  globalThis[ASYMMETRIC_MATCHERS_OBJECT],
);
/** How many assertions there are is counted where the tests run for themselves. */
expect.assertions = () => {};
globalThis[GLOBAL_EXPECT] = expect;
setState({ assertionCalls: 0 }, expect);
chai.expect.extend(expect, {
  ...customMatchers,
  toMatchInlineSnapshot(received, wanted) {
    const indent = /^\n( *)/.exec(wanted)?.[1] ?? '';
    const lines = wanted.split('\n').map((line) => line.slice(indent.length));
    const pass = `"${received}"` === lines.slice(1, -1).join('\n');
    return { pass, message: () => `${received} is not ${wanted}` };
  },
});

/** Random tests live the same lives for each mutant, and few. */
fc.configureGlobal({ seed: 11, numRuns: Number(process.env.GIGA_RUNS) });

/** Tests that take seconds when every branch is counted, and hold what others beside them hold with less. */
const SLOW =
  /^that grow are measured|length\(map\(range\(2000|^compile without a stack|^steps are counted where|^files are counted|^are wide enough|^with any bit flipped|^cut at every byte|^of 10,000 items|^carries a change down a list, and a long one|map\(range\(1000\), x => matches/;

/** `test(name, options?, body)`; the body gets no arguments, since mocha would take one for a callback. */
const plain =
  (one) =>
  (name, ...rest) => {
    const body = rest.find((part) => typeof part === 'function');
    if (!SLOW.test(name)) one(name, () => body());
  };

/** Each case has a title of its own: titles are what tells tests apart. */
const each =
  (one) =>
  (cases) =>
  (name, ...rest) => {
    const body = rest.find((part) => typeof part === 'function');
    const areRows = [...cases].every(Array.isArray);
    for (const [index, given] of [...cases].entries()) {
      const values = areRows ? given : [given];
      const shown = values.map((value) => (typeof value === 'object' && value !== null ? inspect(value) : value));
      const title = format(name.replaceAll('%#', String(index)), ...shown.slice(0, name.match(/%[a-z]/g)?.length ?? 0));
      if (!SLOW.test(title)) one(`${title.slice(0, 100)} #${index}`, () => body(...values));
    }
  };

const withVariants = (one) =>
  Object.assign(plain(one), { each: each(one), skipIf: (isSkipped) => plain(isSkipped ? () => {} : one) });

export const describe = withVariants(globalThis.describe);
export const test = withVariants(globalThis.it);
export { test as it };

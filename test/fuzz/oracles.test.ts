/** Readers against somebody else's reading of the same text, where there is one: `.env` files against bash, arithmetic against JavaScript. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { parseEnvFile } from '../../src/app/config/env-file.ts';
import { evaluate } from '../../src/core/expr/evaluate.ts';
import { parseExpression } from '../../src/lang/expr/parse.ts';
import { isInstalled } from '../lang/lower-shell/fuzz/shell-batch.ts';

const SEED = 45;
const folder = mkdtempSync(join(tmpdir(), 'giga-oracles-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What both take for the same: no expansion, and of the escapes in double quotes those that the shell has as well. */
const any = fc.string({ unit: fc.constantFrom(...Array.from('ab1 #=;|&<>*?~!é😀\t\n()[]{}:,./-_')), maxLength: 12 });
const bare = fc.stringMatching(/^[A-Za-z0-9_./:@%+=,-]{0,12}$/);
const doubled = fc
  .array(fc.oneof(any, fc.constantFrom('\\"', '\\\\', '\\$', "'")), { maxLength: 5 })
  .map((parts) => `"${parts.join('')}"`);
const value = fc.oneof(
  bare,
  any.map((text) => `'${text}'`),
  doubled,
);
const line = fc.record({
  before: fc.constantFrom('', '', 'export ', '  ', '# a comment\n', '\n\n'),
  value,
  behind: fc.constantFrom('', '', ' # said', '  '),
});

describe(`an env-file (seed ${SEED})`, () => {
  it.skipIf(!isInstalled('bash'))('is read as bash reads it', () => {
    const path = join(folder, 'x.env');
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 60 }), (lines) => {
        const text = lines.map((one, at) => `${one.before}V${at}=${one.value}${one.behind}\n`).join('');
        const { value: entries, diagnostics } = parseEnvFile(text, 'x.env');
        expect(diagnostics).toEqual([]);
        writeFileSync(path, text);
        const said = execFileSync('bash', ['--norc', '-c', 'set -a; . "$0"; env -0', path], {
          env: { PATH: process.env['PATH'] },
          stdio: ['ignore', 'pipe', 'inherit'],
        });
        const variables = said
          .toString()
          .split('\0')
          .filter((one) => /^V\d+=/.test(one))
          .toSorted();
        expect((entries ?? []).map((one) => `${one.name}=${one.value}`).toSorted()).toEqual(variables);
      }),
      { numRuns: 60, seed: SEED },
    );
  });
});

const { arithmetic } = fc.letrec<{ arithmetic: string }>((tie) => ({
  arithmetic: fc.oneof(
    { maxDepth: 4 },
    fc.integer({ min: 0, max: 50 }).map(String),
    fc.constantFrom('0.5', '1e3', 'true', 'false'),
    fc
      .tuple(
        tie('arithmetic'),
        fc.constantFrom('+', '-', '*', '%', '<', '<=', '>', '>=', '==', '!=', '&&', '||'),
        tie('arithmetic'),
      )
      .map(([left, op, right]) => `(${left} ${op} ${right})`),
    fc.tuple(tie('arithmetic'), tie('arithmetic'), tie('arithmetic')).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
    tie('arithmetic').map((of) => `(-${of})`),
    tie('arithmetic').map((of) => `!${of}`),
  ),
}));

/** On numbers and booleans `==` of JavaScript is as loose as ours; -0 is nothing that we have. */
function javaScript(text: string): unknown {
  // oxlint-disable-next-line no-implied-eval, no-new-func -- the text is made above: digits and operators
  const value: unknown = new Function(`return ${text};`)();
  return typeof value === 'number' ? value + 0 : value;
}

describe(`arithmetic (seed ${SEED})`, () => {
  it('has the value that JavaScript gives it, wherever giga gives one', () => {
    let compared = 0;
    fc.assert(
      fc.property(arithmetic, (text) => {
        const parsed = parseExpression(text);
        expect(parsed.ok, text).toBe(true);
        if (!parsed.ok) return;
        const result = evaluate(parsed.value.expr, { context: () => undefined, captured: () => undefined });
        if (result.kind !== 'value') return; // such as a boolean that is added
        compared++;
        const own = typeof result.value === 'number' ? result.value + 0 : result.value;
        expect({ text, value: own }).toEqual({ text, value: javaScript(text) });
      }),
      { numRuns: 2_000, seed: SEED },
    );
    // It would prove nothing if it were always refused.
    expect(compared).toBeGreaterThan(500);
  });
});

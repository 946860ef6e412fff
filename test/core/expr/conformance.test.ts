import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { evalBatchLine } from '../../../src/app/commands/eval.ts';

const FOLDER = '../shared/conformance/expressions/cases';
const isPresent = existsSync(FOLDER);
if (!isPresent) console.log(`skipped: ${FOLDER} is not here`);

interface Case {
  readonly expr: string;
  readonly contexts?: object;
  readonly result?: { readonly kind: string; readonly value: unknown };
  readonly err?: { readonly kind: string };
  readonly options?: { readonly skip?: readonly string[] };
}

const files = isPresent ? readdirSync(FOLDER).filter((file) => file.endsWith('.json')) : [];
const groups = files.flatMap((file) => {
  const cases = JSON.parse(readFileSync(join(FOLDER, file), 'utf8')) as Record<string, readonly Case[]>;
  return Object.entries(cases).flatMap(([group, list]) =>
    list.map((one) => ({ name: `${file} ${group}: ${one.expr.slice(0, 60)}`, one })),
  );
});
const wanted = groups.filter(({ one }) => !one.options?.skip);

describe.skipIf(!isPresent)('the cases of the official suite', () => {
  it('are all there', () => {
    expect(groups).toHaveLength(580);
    expect(wanted).toHaveLength(577);
  });

  it.each(wanted)('$name', ({ one }) => {
    const got = JSON.parse(evalBatchLine(JSON.stringify({ expr: one.expr, contexts: one.contexts ?? {} })));
    if (one.err) expect(got.err?.kind, JSON.stringify(got)).toBe(one.err.kind === 'lexing' ? 'parsing' : one.err.kind);
    else expect(got).toEqual({ result: one.result });
  });
});

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inPlace, isClear, outputsOf } from './place.ts';

const FILE = '../shared/conformance/robustness/blns/blns.json';
const isPresent = existsSync(FILE);
if (!isPresent) console.log(`skipped: ${FILE} is not here`);
const NAUGHTY: readonly string[] = isPresent ? (JSON.parse(readFileSync(FILE, 'utf8')) as string[]) : [];

/** Strings that would say so if anything executed them. */
const TRAPS = ['$(touch canary)', '`touch canary`', '";touch canary;"', "';touch canary;'", 'a[$(touch canary)]'];
const STRINGS = [...NAUGHTY, ...TRAPS, '\nline\n\n', '\u0007\u001b[31mred', 'END', '-n', '--', '%s%n', 'x=1'];

const PLACES = ['bare', 'double', 'single', 'here'] as const;
const STEP = 60;

/** Each value goes through every place of a script, and through `$GIGA_OUTPUT`. */
function workflow(shell: 'bash' | 'sh'): string {
  const lines = ['inputs:', ...STRINGS.map((_, i) => `  v${i}: { type: string, required: true }`), 'steps:'];
  for (let from = 0; from < STRINGS.length; from += STEP) {
    lines.push(
      `  s${from}:`,
      `    shell: ${shell}`,
      '    run: |',
      `      put() { printf '%s<<E_O_F\\n%s\\nE_O_F\\n' "$1" "$2" >> "$GIGA_OUTPUT"; }`,
    );
    for (let i = from; i < Math.min(from + STEP, STRINGS.length); i++) {
      const value = `\${{ inputs.v${i} }}`;
      lines.push(
        `      put bare${i} ${value}`,
        `      put double${i} "${value}"`,
        `      put single${i} '${value}'`,
        `      here=$(cat <<END_OF_IT`,
        `      ${value}.`,
        `      END_OF_IT`,
        '      )',
        `      put here${i} "\${here%.}"`,
      );
    }
  }
  const outputs = STRINGS.flatMap((_, i) =>
    PLACES.map((at) => `  ${at}${i}: \${{ steps.s${i - (i % STEP)}.outputs.${at}${i} }}`),
  );
  return [...lines, 'outputs:', ...outputs, ''].join('\n');
}

describe.skipIf(!isPresent).concurrent('naughty strings', () => {
  it.each(['bash', 'sh'] as const)('pass unchanged through inputs, %s, $GIGA_OUTPUT and outputs', (shell) =>
    inPlace(async (place) => {
      place.put('w.yaml', workflow(shell));
      place.put('in.json', JSON.stringify(Object.fromEntries(STRINGS.map((text, i) => [`v${i}`, text]))));
      const outcome = await place.giga('run', 'w.yaml', '--inputs', 'in.json', '--json');
      isClear({ out: '', err: outcome.err });
      expect(outcome.code).toBe(0);
      const outputs = outputsOf(outcome);
      for (const [i, text] of STRINGS.entries())
        for (const at of PLACES) expect([i, at, outputs[`${at}${i}`]]).toEqual([i, at, text]);
      expect(existsSync(join(place.folder, 'canary'))).toBe(false);
    }),
  );

  it('are arguments, standard input and variables as they are', () =>
    inPlace(async (place) => {
      const names = STRINGS.map((_, i) => `v${i}`);
      place.put(
        'w.yaml',
        [
          'inputs:',
          ...names.map((name) => `  ${name}: { type: string, required: true }`),
          'steps:',
          `  argv: { run: [node, -e, "console.log(JSON.stringify(process.argv.slice(1)))", --, ${names.map((name) => `"\${{ inputs.${name} }}"`).join(', ')}], max-output: 4MB }`,
          `  stdin: { run: cat, stdin: "\${{ toJSON(inputs) }}", max-output: 4MB }`,
          '  env:',
          '    run: [node, -e, "console.log(JSON.stringify(process.env))"]',
          '    max-output: 4MB',
          '    env:',
          ...names.map((name) => `      ${name}: "\${{ inputs.${name} }}"`),
          'outputs:',
          '  argv: ${{ fromJSON(steps.argv.outputs.stdout) }}',
          '  stdin: ${{ fromJSON(steps.stdin.outputs.stdout) }}',
          '  env: ${{ fromJSON(steps.env.outputs.stdout) }}',
        ].join('\n'),
      );
      const given = Object.fromEntries(STRINGS.map((text, i) => [`v${i}`, text]));
      place.put('in.json', JSON.stringify(given));
      const outcome = await place.giga('run', 'w.yaml', '--inputs', 'in.json', '--json');
      expect([outcome.code, outcome.err]).toEqual([0, expect.stringContaining('RESULT succeeded')]);
      const outputs = outputsOf(outcome);
      expect(outputs['argv']).toEqual(STRINGS);
      expect(outputs['stdin']).toEqual(given);
      expect(outputs['env']).toMatchObject(given);
      expect(existsSync(join(place.folder, 'canary'))).toBe(false);
    }));
});

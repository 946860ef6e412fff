/** Strings that are known to break programs pass through scripts unchanged: bare, in quotes of each kind, and in a here-document. */
import { existsSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { checkValues } from '../../../src/core/shell/guard.ts';
import { lowerScript } from '../../../src/lang/lower-shell/index.ts';
import { isInstalled, runAll, type ShellName } from './fuzz/shell-batch.ts';
import { split } from './parts.ts';

const FILE = '../shared/conformance/robustness/blns/blns.json';
const has = existsSync(FILE);
if (!has) console.log(`${FILE} is not here: its strings are not tried`);

const SCRIPT = `printf '%s\\0' \${{ v }}
printf '%s\\0' "<\${{ v }}>"
printf '%s\\0' '<\${{ v }}>'
v=\${{ v }}; printf '%s\\0' "$v"
cat <<END
<\${{ v }}>
END
`;
const printed = (v: string): string => `${v}\0<${v}>\0<${v}>\0${v}\0<${v}>\n`;

/** The cases that did not pass. */
async function failures(shell: ShellName): Promise<readonly unknown[]> {
  const strings: readonly string[] = JSON.parse(readFileSync(FILE, 'utf8'));
  const values = strings.filter(
    (value) => checkValues({ values: { GIGA_V0: value }, integers: [], guard: null }) === null,
  );
  if (values.length < 500 || values.length < strings.length - 1) throw new Error('too few strings can be tried');
  const lowered = lowerScript(split(SCRIPT).parts, shell);
  if (!lowered.ok) throw new Error(lowered.problems[0]?.message);
  const { script, refs } = lowered;
  const cases = values.map((value) => ({
    script,
    values: Object.fromEntries(refs.map((ref) => [ref.name, value])),
    expected: printed(value),
  }));
  const outcomes = await runAll(shell, cases);
  return cases.filter(({ expected }, n) => outcomes[n]?.output !== expected || outcomes[n].executed);
}

test.skipIf(!has || !isInstalled('bash'))('in bash', async () => expect(await failures('bash')).toEqual([]));
test.skipIf(!has || !isInstalled('bash') || !isInstalled('dash'))('in dash', async () =>
  expect(await failures('sh')).toEqual([]),
);

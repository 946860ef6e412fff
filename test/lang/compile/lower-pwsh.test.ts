import { describe, expect, it } from 'vitest';
import { lowerPwsh } from '../../../src/lang/compile/lower-pwsh.ts';

/** The script with `§` where a value stands; what becomes of it, or why it is refused. */
function lower(script: string): string {
  const parts: (string | { start: number; end: number })[] = [];
  for (const [index, text] of script.split('§').entries()) {
    if (index > 0) parts.push({ start: index, end: index + 1 });
    if (text !== '') parts.push(text);
  }
  const lowered = lowerPwsh(parts);
  return lowered.ok
    ? lowered.script
    : `refused: ${lowered.problems.map(({ message }) => message.replace(/^.*?: /, '')).join(' ')}`;
}

describe('values in PowerShell', () => {
  it('may be many: each is placed without another look at all before it', () => {
    const count = 100_000;
    const lowered = lower('echo "§"\n# §\n'.repeat(count));
    expect(lowered.endsWith(`echo "\${env:GIGA_V${(count - 1) * 2}}"\n# \n`)).toBe(true);
  });

  it.each<[script: string, lowered: string]>([
    ['echo §', 'echo ${env:GIGA_V0}'],
    ['$x = §; f(§, §)', '$x = ${env:GIGA_V0}; f(${env:GIGA_V1}, ${env:GIGA_V2})'],
    ['echo "a §b" \'c\' §', 'echo "a ${env:GIGA_V0}b" \'c\' ${env:GIGA_V1}'],
    ['echo "a ""§"" `" §"', 'echo "a ""${env:GIGA_V0}"" `" ${env:GIGA_V1}"'],
    ["echo 'it''s' §", "echo 'it''s' ${env:GIGA_V0}"],
    ['@"\n§ "quoted"\n"@ | echo §', '@"\n${env:GIGA_V0} "quoted"\n"@ | echo ${env:GIGA_V1}'],
    ['echo a # it is §\necho §', 'echo a # it is \necho ${env:GIGA_V1}'],
    ['<# § #> echo §', '<#  #> echo ${env:GIGA_V1}'],
    ['echo a#b §', 'echo a#b ${env:GIGA_V0}'],
    ['echo “§”', 'echo “${env:GIGA_V0}”'],
    ["echo '§'", 'refused: nothing is expanded inside single quotes.'],
    ['echo ‘§’', 'refused: nothing is expanded inside single quotes.'],
    ["@'\n§\n'@", 'refused: nothing is expanded inside single quotes.'],
    ['echo --name=§', 'refused: it is glued to other text outside of quotes.'],
    ['echo a§', 'refused: it is glued to other text outside of quotes.'],
    ['echo §.Length', 'refused: it is glued to other text outside of quotes.'],
    ['echo §§', 'refused: it is glued to other text outside of quotes.'],
    ['echo "`§"', 'refused: it stands behind a backtick or a dollar sign.'],
    ['echo "$§"', 'refused: it stands behind a backtick or a dollar sign.'],
    ['echo "$(echo §)"', 'refused: it stands behind a `$( )` inside of quotes.'],
    ['echo "$(a)" §', 'refused: it stands behind a `$( )` inside of quotes.'],
    ['iex §', 'refused: the script runs texts as programs.'],
    ['Invoke-Expression "a §"', 'refused: the script runs texts as programs.'],
  ])('%s', (script, lowered) => {
    expect(lower(script)).toBe(lowered);
  });
});

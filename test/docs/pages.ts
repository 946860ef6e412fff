/** Runs the examples of one page in a folder of its own. Knows what each kind of block promises. */
import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readDocument } from '../../src/lang/read/document.ts';
import { openWorkplace, type Workplace } from '../cli/giga.ts';
import { type Block, blocksOf, commandsOf, steady, word } from './page.ts';

/** Tests of every example of a page. `UPDATE_GOLDEN=1` writes what the commands really print into it. */
export function testPage(file: string, prepare: (place: Workplace) => void = () => undefined): void {
  const page = readFileSync(file, 'utf8');
  const blocks = blocksOf(page);
  let place: Workplace;
  const printed = new Map<string, string>();

  beforeAll(() => {
    place = openWorkplace();
    prepare(place);
  });
  afterAll(() => {
    place.remove();
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, updated(readFileSync(file, 'utf8'), printed));
  });

  describe.each(blocks.map((block): [string, Block] => [`line ${block.line}: ${block.language}`, block]))(
    '%s',
    (_title, block) => {
      test('is true', async () => {
        const name = word(block, 'file');
        if (name !== null) place.put(name, block.text);
        if (block.language === 'yaml') await checkYaml(place, block, name);
        else if (block.language === 'console') await checkConsole(place, block, printed);
      });
    },
  );
}

async function checkYaml(place: Workplace, block: Block, name: string | null): Promise<void> {
  const file = name ?? `at-${block.line}.yaml`;
  const [refused, verdict] = [word(block, 'refused'), word(block, 'run')];
  const isWhole = refused !== null || verdict !== null || word(block, 'check') !== null;
  if (!isWhole) {
    expect(readDocument(block.text, file).diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
    return;
  }
  place.put(file, block.text);
  if (verdict !== null) {
    const { out, err } = await place.giga('run', file, '--no-input', '--json');
    const last: unknown = JSON.parse(out.trim().split('\n').at(-1) ?? 'null');
    expect(last, err).toMatchObject({ type: 'run.finished', verdict: (verdict || 'succeeded').replaceAll('-', ' ') });
    return;
  }
  const { code, err } = await place.giga('validate', file);
  const codes = [...err.matchAll(/^error\[(\w+)\]/gm)].map(([, found]) => found);
  expect({ code, codes }, err).toEqual(refused === null ? { code: 0, codes: [] } : { code: 3, codes: [refused] });
}

async function checkConsole(place: Workplace, block: Block, printed: Map<string, string>): Promise<void> {
  let said = '';
  for (const { command, shown } of commandsOf(block)) {
    const { out } = await place.bash(`{ ${command}\n} 2>&1`);
    const isSame = steady(out) === steady(shown);
    said += `$ ${command}\n${isSame ? shown && `${shown}\n` : out}`;
    if (process.env['UPDATE_GOLDEN'] !== '1')
      expect(`$ ${command}\n${steady(out)}`).toBe(`$ ${command}\n${steady(shown)}`);
  }
  printed.set(block.text, said);
}

function updated(page: string, printed: ReadonlyMap<string, string>): string {
  let text = page;
  for (const [before, now] of printed)
    text = text.replace(`\`\`\`console\n${before}\`\`\``, () => `\`\`\`console\n${now}\`\`\``);
  return text;
}

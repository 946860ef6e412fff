/** `giga explain [CODE]`. */
import { CATALOG, type Explanation, isCode } from '../../core/diagnostic/catalog.ts';
import { problem } from '../../core/diagnostic/diagnostic.ts';
import { similarHint } from '../../core/nearest.ts';
import type { Call } from '../command-spec.ts';
import { EXIT } from '../exit-code.ts';
import { refuse } from '../open-project.ts';
import { column, painter, wrap } from '../render/text.ts';

export async function perform(call: Call): Promise<number> {
  const [given] = call.args;
  const paint = painter(call.outColor);
  const code = (given ?? '').toUpperCase().replaceAll('-', '_');
  const family =
    given !== undefined &&
    !isCode(code) &&
    Object.keys(CATALOG).some((known) => known.startsWith(`${code.replace(/_$/, '')}_`));
  if (given === undefined || family) {
    const codes = Object.entries<Explanation>(CATALOG)
      .filter(([known]) => known.startsWith(code))
      .toSorted(([a], [b]) => (a < b ? -1 : 1));
    const widest = Math.max(...codes.map(([code]) => code.length));
    for (const [code, { title, text }] of codes) {
      call.io.out.write(
        call.json ? `${jsonLine(code, title, text)}\n` : `${paint('bold', column(code, widest))}  ${title}\n`,
      );
    }
    return EXIT.done;
  }
  if (!isCode(code)) {
    const hint = similarHint('a code', code, Object.keys(CATALOG));
    return refuse(call, [
      problem('CLI_UNKNOWN_CODE', `There is no code "${given}".`, { hint: '`giga explain` lists them all', ...hint }),
    ]);
  }
  const { title, text } = CATALOG[code] as Explanation; // every entry is one, by `satisfies` in the catalog
  if (call.json) call.io.out.write(`${jsonLine(code, title, text)}\n`);
  else call.io.out.write(`${paint('bold', code)}: ${title}\n\n${wrap(text, 90).join('\n')}\n`);
  return EXIT.done;
}

function jsonLine(code: string, title: string, text: string): string {
  return JSON.stringify({ type: 'code', code, title, text });
}

/** `giga schema [workflow|config|test|plugin-test|event]`. */
import { problem } from '../../core/diagnostic/diagnostic.ts';
import { similarHint } from '../../core/nearest.ts';
import type { Call } from '../command-spec.ts';
import { EXIT } from '../exit-code.ts';
import { refuse } from '../open-project.ts';

const KINDS = ['workflow', 'config', 'test', 'plugin-test', 'event'];

export async function perform(call: Call): Promise<number> {
  const kind = call.args[0] ?? 'workflow';
  if (!KINDS.includes(kind)) {
    const message = `There is no schema "${kind}": there are ${KINDS.join(', ')}.`;
    return refuse(call, [problem('CLI_USAGE', message, similarHint('a schema', kind, KINDS))]);
  }
  const { readPackageFile } = await import('../../app/commands/package-files.ts');
  const text = readPackageFile(`schemas/${kind}.schema.json`);
  call.io.out.write(call.json ? `${JSON.stringify(JSON.parse(text))}\n` : text);
  return EXIT.done;
}

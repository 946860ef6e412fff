/** Reads a YAML or JSON text that is no document: a configuration file, inputs. Loads the full reader only where the quick one gives up. */
import type { Reading } from '../../core/diagnostic/diagnostic.ts';
import type { Tree } from '../../core/document.ts';
import { makeLocator } from '../../lang/read/locator.ts';
import { readPlainYaml } from '../../lang/read/plain-yaml.ts';
import { checkText } from '../../lang/read/text.ts';

/** The value is null for a text without one, such as comments alone. */
export async function readTree(text: string, file: string): Promise<Reading<Tree>> {
  if (checkText(text, makeLocator(text, file)) === null) {
    const quick = readPlainYaml(text, [text.charCodeAt(0) === 0xfeff ? 1 : 0, text.length]);
    if (quick !== null) return { value: quick, diagnostics: [] };
  }
  const { readYaml } = await import('../../lang/read/yaml.ts');
  return readYaml(text, file);
}

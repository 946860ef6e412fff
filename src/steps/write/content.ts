/** From a value to the text of a file, in the format that the ending of its path names. Knows no disk. */
import type { Json } from '../../core/json.ts';

/** A text is written as it is. Anything else is YAML in `.yaml` and `.yml`, and JSON in every other file; nothing is an empty file there. */
export async function contentText(path: string, content: Json): Promise<string> {
  if (typeof content === 'string') return content;
  const ending = /\.[^./\\]+$/.exec(path)?.[0].toLowerCase() ?? '';
  if (ending === '.yaml' || ending === '.yml') return yamlText(content);
  if (ending === '.json') return `${JSON.stringify(content, null, 2)}\n`;
  if (content === null) return '';
  return typeof content === 'object' ? `${JSON.stringify(content, null, 2)}\n` : String(content);
}

async function yamlText(content: Json): Promise<string> {
  const { stringify } = await import('yaml'); // few runs need it
  // Words such as `yes` are quoted, for readers of YAML 1.1.
  return stringify(content, { aliasDuplicateObjects: false, lineWidth: 0, compat: 'yaml-1.1' });
}

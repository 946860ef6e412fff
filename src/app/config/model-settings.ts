/** Reads from a configuration file who is asked by default, and how often and how much at once. Asks nobody. */
import type { Tree } from '../../core/document.ts';
import { parseCount } from '../../core/units.ts';
import { jsonOf, textOf } from '../../lang/compile/tree.ts';
import { complain, known, type Reader, type Take } from './file-reader.ts';

const MODEL_NAME = /^[A-Za-z0-9][A-Za-z0-9._:@/-]{0,127}$/;
const LIMITS = ['concurrent', 'requests-per-minute', 'tokens-per-minute'] as const;

export function readModels(reader: Reader, value: Tree, take: Take): void {
  if (value.kind !== 'map') return complain(reader, value, '`models` must be a map.');
  for (const { key, value: given } of known(reader, value, ['default', 'limits'])) {
    if (key === 'limits') readLimits(reader, given, take);
    else {
      const name = jsonOf(given);
      if (typeof name === 'string' && MODEL_NAME.test(name)) take('models.default', given, name);
      else complain(reader, given, '`models.default` must be the name of a model.');
    }
  }
}

/** `limits: { concurrent, requests-per-minute, tokens-per-minute }`. */
function readLimits(reader: Reader, value: Tree, take: Take): void {
  if (value.kind !== 'map') return complain(reader, value, '`limits` is a map such as { concurrent: 8 }.');
  for (const { key, value: given } of known(reader, value, LIMITS)) {
    const count = given.kind === 'scalar' ? parseCount(textOf(given)) : null;
    if (count !== null && count > 0) take(`models.limits.${key}`, given, count);
    else complain(reader, given, `\`${key}\` must be a whole number above 0, such as 400k.`);
  }
}

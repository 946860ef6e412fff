/** Reads from a configuration file who is asked by default, and how often and how much at once. Asks nobody. */
import type { Tree } from '../../core/document.ts';
import { parseCount } from '../../core/units.ts';
import { jsonOf, textOf } from '../../lang/compile/tree.ts';
import { complain, known, members, type Reader, type Take } from './file-reader.ts';

const MODEL_NAME = /^[A-Za-z0-9][A-Za-z0-9._:@/-]{0,127}$/;
const LIMITS = ['concurrent', 'requests-per-minute', 'tokens-per-minute'] as const;

export function readModels(reader: Reader, value: Tree, take: Take): void {
  if (value.kind !== 'map') return complain(reader, value, '`models` must be a map.');
  for (const { key, value: given } of known(reader, value, ['default', 'limits', 'known'])) {
    if (key === 'limits') readLimits(reader, given, take);
    else if (key === 'known') readKnown(reader, given, take);
    else {
      const name = jsonOf(given);
      if (typeof name === 'string' && MODEL_NAME.test(name)) take('models.default', given, name);
      else complain(reader, given, '`models.default` must be the name of a model.');
    }
  }
}

/** `known: { MODEL: { context, max-output, accepts } }`. */
function readKnown(reader: Reader, value: Tree, take: Take): void {
  for (const { key, value: facts } of members(reader, value, 'known', MODEL_NAME)) {
    if (facts.kind !== 'map') {
      complain(reader, facts, 'What is known of a model is a map such as { context: 200k, max-output: 64k }.');
      continue;
    }
    const counts: Record<string, number> = {};
    let takesTemperature = false;
    for (const { key: name, value: given } of known(reader, facts, ['context', 'max-output', 'accepts'])) {
      if (name === 'accepts') {
        const words = jsonOf(given);
        if (Array.isArray(words) && words.every((word) => word === 'temperature')) takesTemperature = words.length > 0;
        else complain(reader, given, '`accepts` is a list of what a model takes: [temperature], or [].');
        continue;
      }
      const count = given.kind === 'scalar' ? parseCount(textOf(given)) : null;
      if (count !== null && count > 0) counts[name] = count;
      else complain(reader, given, `\`${name}\` must be a whole number of tokens, such as 200k.`);
    }
    const { context, 'max-output': maxOutput } = counts;
    if (context !== undefined && maxOutput !== undefined)
      take(`models.known.${key}`, facts, { context, maxOutput, takesTemperature });
    else complain(reader, facts, 'What is known of a model must say its `context` and its `max-output`.');
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

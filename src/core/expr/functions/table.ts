/** All functions of the language, in the order of the docs. The evaluator, the static check and the docs read this one table. */
import { CONVERT_FUNCTIONS } from './convert.ts';
import { GITHUB_FUNCTIONS } from './github.ts';
import { LIST_FUNCTIONS } from './list.ts';
import { NUMBER_FUNCTIONS } from './number.ts';
import { OUTSIDE_FUNCTIONS } from './outside.ts';
import type { FunctionSpec } from './spec.ts';
import { TEXT_FUNCTIONS } from './text.ts';

export const FUNCTIONS: readonly FunctionSpec[] = [
  ...GITHUB_FUNCTIONS,
  ...TEXT_FUNCTIONS,
  ...LIST_FUNCTIONS,
  ...NUMBER_FUNCTIONS,
  ...CONVERT_FUNCTIONS,
  ...OUTSIDE_FUNCTIONS,
];

const BY_NAME: ReadonlyMap<string, FunctionSpec> = new Map(FUNCTIONS.map((spec) => [spec.name.toLowerCase(), spec]));

/** The function of a name, without regard to case as in GitHub. */
export function findFunction(name: string): FunctionSpec | undefined {
  return BY_NAME.get(name.toLowerCase());
}

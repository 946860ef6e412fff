/** What commands have in common: their arguments and options, as data. */
import type { ArgumentSpec, FlagSpec } from './command-spec.ts';

/** Options that every command takes. */
export const COMMON_FLAGS: readonly FlagSpec[] = [
  { name: 'cwd', short: 'C', kind: 'text', value: 'dir', description: 'work in this folder' },
  { name: 'state', kind: 'text', value: 'dir', description: 'keep runs here instead of in .giga' },
  { name: 'profile', kind: 'text', value: 'name', description: 'take the settings of this profile' },
  { name: 'var', kind: 'list', value: 'k=v', description: 'set a variable of `vars`; repeatable' },
  { name: 'json', kind: 'switch', description: 'print newline-delimited JSON on stdout' },
  { name: 'no-color', kind: 'switch', description: 'no colours (also NO_COLOR)' },
];

export const FILE: ArgumentSpec = {
  name: 'file',
  description: 'a workflow file, or the name of one in workflows/',
  complete: 'workflow',
};
export const RUN: ArgumentSpec = {
  name: 'run',
  description: 'id of a run, or its beginning; default: the latest',
  complete: 'run',
};

export const INPUT_FLAGS: readonly FlagSpec[] = [
  { name: 'input', short: 'i', kind: 'list', value: 'name=value', description: 'give an input; repeatable' },
  { name: 'inputs', kind: 'text', value: 'file', description: 'read inputs from a JSON or YAML file' },
  { name: 'no-input', kind: 'switch', description: 'never ask; a missing input is an error' },
];
export const RUN_FLAGS: readonly FlagSpec[] = [
  { name: 'concurrency', kind: 'count', min: 1, max: 10_000, value: 'n', description: 'steps at once' },
  { name: 'verbose', short: 'v', kind: 'switch', description: 'show the output of steps that succeed, too' },
  { name: 'junit', kind: 'text', value: 'file', description: 'write the steps as tests into this JUnit XML file' },
];

export const CACHE_FLAGS: readonly FlagSpec[] = [
  { name: 'no-cache', kind: 'switch', description: 'use no results of earlier runs; new ones are kept for later' },
];

export const MODEL_FLAGS: readonly FlagSpec[] = [
  { name: 'fake', kind: 'switch', description: 'ask no model: make up answers that fit' },
  { name: 'record', kind: 'switch', description: 'keep the answers of models in NAME.cassettes beside the workflow' },
  { name: 'replay', kind: 'switch', description: 'take the answers of models from there, and ask none' },
];

export const PEOPLE_FLAGS: readonly FlagSpec[] = [
  {
    name: 'wait',
    kind: 'switch',
    description: 'stay while only a verdict is waited for, instead of ending with code 5',
  },
  {
    name: 'verdicts',
    kind: 'list',
    value: 'path',
    description: 'answer approvals with the signed verdicts of a file or folder; repeatable',
  },
];

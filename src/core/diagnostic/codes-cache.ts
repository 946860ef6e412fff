/** Codes of results that are used again in other runs. */
import type { Explanation } from './catalog.ts';

export const CACHE_CODES = {
  PLAN_CACHE_PATH: {
    title: "A glob of `cache` names files that are not the step's own",
    text: 'The globs of `cache` are relative to the `cwd` of the step and may not lead out of the workspace. Files that match `outputs` are put back exactly when an earlier result is used, and others that match are removed: so `outputs` may cover neither everything, nor what belongs to git or to giga.',
  },
  PLAN_CACHE_NO_INPUTS: {
    title: 'A step is cached, and it is not said which files it reads',
    text: 'What a step does, its variables, and the files that are declared make the key of its result. A file that it reads and that is not declared may change without being seen, and the result of an earlier run would be used. Name the files with `cache: { inputs: [globs] }`; `inputs: []` says that it reads none.',
  },
  CACHE_UNUSABLE: {
    title: 'The cache cannot be used',
    text: "The folder of the cache in the state folder cannot be read or written. Steps are done as if there were no cache; the message has the system's own word for it. `giga cache prune --all` removes what is there.",
  },
} as const satisfies Record<string, Explanation>;

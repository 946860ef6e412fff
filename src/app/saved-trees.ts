/** The saved trees of a project: where they lie. Knows no runs. */
import { join } from 'node:path';
import { createTrees, type Trees } from '../host/git/trees.ts';
import type { Project } from './project.ts';

export function treesOf({ root, state }: Project): Trees {
  return createTrees({ root, folder: join(state, 'trees') });
}

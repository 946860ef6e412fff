/** Everything that reads texts from outside, in one table: `npm run fuzz` and fuzz.test.ts go through it. */
import { AGENTS } from './agents.ts';
import { DOCUMENTS } from './documents.ts';
import { EXPRESSIONS } from './expressions.ts';
import { GIVEN } from './given.ts';
import { MCP } from './mcp.ts';
import { OUTSIDE } from './outside.ts';
import { STATE } from './state.ts';
import type { Target } from './target.ts';

export const targets: readonly Target[] = [
  ...DOCUMENTS,
  ...EXPRESSIONS,
  ...GIVEN,
  ...MCP,
  ...OUTSIDE,
  ...STATE,
  ...AGENTS,
];

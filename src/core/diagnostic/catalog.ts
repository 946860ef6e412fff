/** Every code that giga can report, with the text that `giga explain CODE` shows. One file per family, merged here. */
import { AGENT_CODES } from './codes-agent.ts';
import { CACHE_CODES } from './codes-cache.ts';
import { CLAUDE_CODES } from './codes-claude.ts';
import { CONFIG_CODES } from './codes-config.ts';
import { DOC_CODES } from './codes-doc.ts';
import { EXPR_CODES } from './codes-expr.ts';
import { IO_CODES } from './codes-io.ts';
import { MCP_CODES } from './codes-mcp.ts';
import { MONEY_CODES } from './codes-money.ts';
import { PEOPLE_CODES } from './codes-people.ts';
import { PLAN_CODES } from './codes-plan.ts';
import { PLUGIN_CODES } from './codes-plugin.ts';
import { RUN_CODES } from './codes-run.ts';
import { SHELL_CODES } from './codes-shell.ts';
import { STEP_CODES } from './codes-step.ts';
import { TAINT_CODES } from './codes-taint.ts';
import { TEST_CODES } from './codes-test.ts';

/** How a code is explained: a title (no full stop) and a paragraph or two of plain text saying why it happens and how to mend it. */
export interface Explanation {
  readonly title: string;
  readonly text: string;
}

export const CATALOG = {
  ...DOC_CODES,
  ...EXPR_CODES,
  ...PLAN_CODES,
  ...TAINT_CODES,
  ...SHELL_CODES,
  ...RUN_CODES,
  ...STEP_CODES,
  ...IO_CODES,
  ...MCP_CODES,
  ...CONFIG_CODES,
  ...PEOPLE_CODES,
  ...TEST_CODES,
  ...CACHE_CODES,
  ...CLAUDE_CODES,
  ...MONEY_CODES,
  ...AGENT_CODES,
  ...PLUGIN_CODES,
} as const satisfies Record<string, Explanation>;

export type Code = keyof typeof CATALOG;

export function isCode(text: string): text is Code {
  return Object.hasOwn(CATALOG, text);
}

/** Codes of text that nobody has checked: what it may not decide. */
import type { Explanation } from './catalog.ts';

export const TAINT_CODES = {
  PLAN_TAINTED: {
    title: 'Unchecked text decides something that only the workflow should',
    text: 'What a model, an MCP server or an HTTP answer says is text of anybody: it may have been written by whoever wrote a file, an issue or a page that was read. Such text may be shown, sent, stored and given to programs as data, but it may not choose a path, the host of a request, a program, a tool, or a variable on which programs act. Let it be checked first by something that says what it may be: an `enum`, a `pattern` for the whole text (`^…$`), or a number or boolean type, in the `output` of a `claude` step, in `expect: { json }` of an `http` step, or in `outputs: { name: { value, pattern } }` of any step.',
  },
} as const satisfies Record<string, Explanation>;

/** How a run ended, as the answer of a tool. Knows no server; reads the logs of steps that failed. */
import type { Diagnostic } from '../../core/diagnostic/diagnostic.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Path } from '../../core/run/event.ts';
import { readFrom, sizeOf, tellingLog } from '../commands/logs.ts';
import type { RunEnd } from '../live-run.ts';
import { runUri } from './uris.ts';

/** The shape that MCP gives the result of `tools/call`. */
export interface ToolAnswer {
  readonly content: Content[];
  readonly structuredContent?: JsonObject;
  readonly isError: boolean;
  readonly [key: string]: unknown;
}
type Content =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'resource_link'; readonly uri: string; readonly name: string; readonly mimeType: string };

/** A step that failed, and where its output lies. */
export interface FailedStep {
  readonly path: Path;
  readonly error?: Diagnostic;
  readonly log?: string;
}

/** What was refused before there was a run: the texts of the diagnostics. */
export function refusal(diagnostics: readonly Diagnostic[]): ToolAnswer {
  return { content: [{ type: 'text', text: diagnostics.map(diagnosticText).join('\n') }], isError: true };
}

function diagnosticText({ code, severity, message, hint, at }: Diagnostic): string {
  const where = at === undefined ? '' : ` (${at.file}:${at.start.line}:${at.start.column})`;
  // How to give an input on a command line is of no use here.
  const help = hint === undefined || code === 'PLAN_INPUT_MISSING' ? '' : `\n  help: ${hint}`;
  return `${severity}[${code}]: ${message}${where}${help}`;
}

/** Everything but a good verdict is an error: also a run that waits or was stopped has not done what was asked for. */
export function answerOf(run: string, end: RunEnd, failed: readonly FailedStep[]): ToolAnswer {
  const structured = { run, ...endFacts(run, end), ...failedFacts(failed) };
  return {
    content: [
      { type: 'text', text: JSON.stringify(structured, null, 2) },
      { type: 'resource_link', uri: runUri(run), name: `run ${run}`, mimeType: 'application/json' },
    ],
    structuredContent: structured,
    isError: end.kind !== 'finished' || end.verdict === 'failed' || end.verdict === 'cancelled',
  };
}

function endFacts(run: string, end: RunEnd): JsonObject {
  const next = `giga resume ${run}`;
  switch (end.kind) {
    case 'finished': {
      const { verdict, outputs, error } = end;
      return { verdict, outputs, ...(error && { error: faultOf(error) }) };
    }
    case 'waiting':
      return { verdict: 'waiting', outputs: {}, next: `giga approve ${run}` };
    case 'broken':
      return { verdict: 'stopped', outputs: {}, error: faultOf(end.diagnostic), next };
    default:
      return { verdict: 'stopped', outputs: {}, next };
  }
}

const MAX_FAILED = 20;

function failedFacts(failed: readonly FailedStep[]): JsonObject {
  if (failed.length === 0) return {};
  const steps = failed.slice(0, MAX_FAILED).map(({ path, error, log }) => ({
    step: path,
    ...(error && faultOf(error)),
    ...(log === undefined ? {} : { log: endOfLog(log) }),
  }));
  return { failed: steps };
}

function faultOf({ code, message }: Diagnostic): { readonly code: string; readonly message: string } {
  return { code, message };
}

const LOG_BYTES = 4096;

/** The last lines that a step wrote, masked as they lie on the disk. `out` is as `attempt.ended` names it. */
function endOfLog(out: string): string {
  const file = tellingLog(out);
  if (file === null) return '';
  const from = Math.max(0, sizeOf(file) - LOG_BYTES);
  const text = Buffer.concat([...readFrom(file, from)]).toString();
  return from === 0 ? text : text.slice(text.indexOf('\n') + 1);
}

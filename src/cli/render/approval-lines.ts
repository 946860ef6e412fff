/** What an approval asks, as people read it before they answer. Pure; every text in it is other people's. */
import { isJsonObject, type JsonObject } from '../../core/json.ts';
import { type ApprovalRequest, requestIn } from '../../core/run/approval.ts';
import type { RunEvent } from '../../core/run/event.ts';
import { LOOKS } from './states.ts';
import { harmless, type Paint, quoted, undiminished } from './text.ts';
import { dateAndTime } from './time.ts';

/** Digits of a digest that people copy: nobody finds two questions that share them. */
const DIGEST_DIGITS = 16;

export function requestOf({ data, node, op }: Extract<RunEvent, { readonly type: 'wait.started' }>): ApprovalRequest {
  return requestIn(data, node, op);
}

/** `approval: Publish these notes?`. */
export function askText({ message }: Pick<ApprovalRequest, 'message'>): string {
  return `approval: ${harmless(message.split('\n').join(' '))}`;
}

/** `reject by alice: too short`. */
export function answerText({ outputs = {} }: Extract<RunEvent, { readonly type: 'wait.ended' }>): string {
  const { verdict, by, comment } = outputs;
  const why = typeof comment === 'string' && comment !== '' ? `: ${comment.split('\n').join(' ')}` : '';
  return harmless(`${String(verdict)} by ${String(by)}${why}`);
}

export interface AskedIn {
  readonly run: string;
  /** Options that find the run again, with a leading blank; '' for none. */
  readonly where: string;
  readonly paint: Paint;
}

/** The whole question, with the commands that answer it. */
export function requestLines(request: ApprovalRequest, { run, where, paint }: AskedIn): string[] {
  const { node, message, show, form, approvers, dueAt, options, digest } = request;
  const [first = '', ...more] = undiminished(message);
  const look = LOOKS.waiting;
  const lines = [
    `${look.symbol} ${paint('bold', harmless(node))}  ${look.word}  approval: ${first}`,
    ...more.map((line) => `  ${line}`),
    ...(show === null ? [] : shownLines(show, paint)),
  ];
  if (form !== null)
    lines.push(...fieldTexts(form).map((text, index) => `${index === 0 ? 'form  ' : '      '} ${text}`));
  if (approvers.length > 0) lines.push(`who    ${approvers.map(harmless).join(', ')}`);
  if (dueAt !== null)
    lines.push(`until  ${dateAndTime(dueAt)}${request.default === null ? '' : `, then ${harmless(request.default)}`}`);
  const command = `giga approve ${run} ${quoted(harmless(node))}${where} --digest ${digest.slice(0, DIGEST_DIGITS)}`;
  return [...lines, ...options.map((word) => `answer ${command} --verdict ${word}`)];
}

function shownLines(show: string, paint: Paint): string[] {
  return undiminished(show.replace(/\n$/, '')).map((line) => `  ${paint('dim', '|')} ${line}`);
}

/** `ticket (string): The ticket of the release`. */
function fieldTexts(form: JsonObject): string[] {
  const required = Array.isArray(form.required) ? form.required : [];
  return Object.entries(isJsonObject(form.properties) ? form.properties : {}).map(([name, schema]) => {
    const { type, enum: words, description } = isJsonObject(schema) ? schema : {};
    const kind = Array.isArray(words) ? words.map(String).join('|') : typeof type === 'string' ? type : 'any';
    const said = typeof description === 'string' ? `: ${description}` : '';
    return harmless(`${name} (${kind}${required.includes(name) ? '' : ', may be left out'})${said}`);
  });
}

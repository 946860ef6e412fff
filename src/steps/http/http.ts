/** The step type `http`: a request, its answer, and what is made of it. Knows requests and answers, no sockets and no disk. */
import { resolve } from 'node:path';
import { type Diagnostic, problem, type Result, warning } from '../../core/diagnostic/diagnostic.ts';
import type { BodySink, HttpClient, HttpEnd, HttpHead } from '../../core/http.ts';
import { bareObject, type Json } from '../../core/json.ts';
import { type HttpRequest, isStatusOf } from '../../core/plan/http-request.ts';
import type { Clock, StepAnswer, StepContext, StepType } from '../../core/ports.ts';
import type { WorkspaceFiles } from '../../core/workspace-files.ts';
import { failed, stopped } from '../ends.ts';
import type { Secrets } from '../run/environment.ts';
import { type FileBody, fileBody, jsonIn, MAX_SAVED_BYTES, type MemoryBody, memoryBody, saysJson } from './body.ts';
import { isExpectedStatus, statusProblem, unexpected } from './expect.ts';
import { nextPage } from './pages.ts';
import { readRequest, type Sent, sentBy } from './request.ts';

export interface HttpStepOptions {
  readonly client: HttpClient;
  readonly files: WorkspaceFiles;
  readonly clock: Clock;
  readonly secrets: Secrets;
  /** Of giga, for the header `user-agent`. */
  readonly version: string;
  /** Bytes of a body that is saved. Default: 1 GiB. */
  readonly maxSavedBytes?: number;
}

const DEFAULT_MAX_OUTPUT = 1_048_576;

export function createHttpStep(options: HttpStepOptions): StepType {
  return {
    name: 'http',
    async perform(json, context): Promise<StepAnswer> {
      const request = readRequest(json);
      if ('code' in request) return failed(request);
      const sent = sentBy(request, options.secrets, options.version);
      if (sent === null) return failed(problem('STEP_BAD_REQUEST', 'A header holds characters that cannot be sent.'));
      const work: Work = { request, sent, context, options };
      const answer = request.save === undefined ? await askAll(work) : await download(work, request.save);
      return stopped(answer, context) ?? answer;
    },
  };
}

interface Work {
  readonly request: HttpRequest;
  readonly sent: Sent;
  readonly context: StepContext;
  readonly options: HttpStepOptions;
}

/** Sends the request; the body of an expected answer goes to `good`, that of another to `bad`. */
async function ask(work: Work, url: string, sent: Sent, good: BodySink, bad: BodySink): Promise<HttpEnd> {
  const { request, context, options } = work;
  const sink = (head: HttpHead): BodySink => {
    context.progress(`${sent.method} ${new URL(head.url).host}: ${head.status}`);
    const target = isExpectedStatus(head.status, request.expect) ? good : bad;
    return {
      write(chunk) {
        context.alive?.();
        return target.write(chunk);
      },
    };
  };
  const keepsRedirect = (status: number): boolean => isStatusOf(status, request.expect?.status ?? []);
  const { net = null, named = [] } = request;
  return options.client.send({ url, ...sent, net, named, keepsRedirect, sink }, context.signal);
}

interface Page {
  readonly outputs: Record<string, Json>;
  readonly head: HttpHead;
  readonly json: Json | undefined;
}

/** All pages, of which there is mostly one. */
async function askAll(work: Work): Promise<StepAnswer> {
  const { paginate } = work.request;
  let left = work.request.maxOutput ?? DEFAULT_MAX_OUTPUT;
  let { url } = work.request;
  let { sent } = work;
  const values: Json[] = [];
  for (let count = 1; ; count++) {
    const body = memoryBody(left, false);
    const page = await askPage(work, url, sent, body);
    if ('outcome' in page) return page;
    if (paginate === undefined) return { outcome: 'succeeded', outputs: page.outputs, ...warningsOf(page) };
    left -= body.bytes;
    values.push(page.json ?? null);
    const next = nextPage(paginate.next, page.outputs);
    if (typeof next === 'object' && next !== null) return failed(next);
    if (next === null || count >= paginate.max) {
      const outputs = { ...page.outputs, json: joined(values), pages: count, more: next !== null };
      return { outcome: 'succeeded', outputs, ...warningsOf(page) };
    }
    const target = nextTarget(next, page.head.url, url);
    if ('code' in target) return failed(target);
    // Whoever names the next page does not get to see what was meant for the first server.
    if (!target.isSame) sent = { ...sent, headers: publicHeaders(sent.headers) };
    url = target.url;
  }
}

/** One page, or the failure of the step. */
async function askPage(work: Work, url: string, sent: Sent, body: MemoryBody): Promise<Page | StepAnswer> {
  const { request, options } = work;
  const failure = memoryBody(DEFAULT_MAX_OUTPUT, true);
  const end = await ask(work, url, sent, body, failure);
  if (end.kind === 'failed') return failed(end.error);
  const { head } = end;
  const isGood = isExpectedStatus(head.status, request.expect);
  const text = (isGood ? body : failure).text();
  const wantsJson = saysJson(head) || request.expect?.json !== undefined || request.paginate !== undefined;
  const json = wantsJson ? jsonIn(text) : undefined;
  const outputs = bareObject<Json>([...headOutputs(head), ['body', text], ['json', json ?? null]]);
  if (!isGood) return failed(statusProblem(head, sent.method, text, options.clock.wallMs()), outputs);
  const error = unexpected(head, json, request.expect);
  return error === null ? { outputs, head, json } : failed(error, outputs);
}

function headOutputs(head: HttpHead): readonly (readonly [string, Json])[] {
  return [
    ['status', head.status],
    ['headers', bareObject<Json>(Object.entries(head.headers))],
    ['url', head.url],
  ];
}

function warningsOf({ head, json, outputs }: Page): Pick<StepAnswer, 'warnings'> {
  if (!saysJson(head) || json !== undefined || outputs.body === '') return {};
  return { warnings: [warning('STEP_HTTP_NOT_JSON', 'The answer says that it is JSON, and cannot be read as JSON.')] };
}

/** Lists are joined to one; other values are a list of pages. */
function joined(values: readonly Json[]): Json {
  return values.every((value) => Array.isArray(value)) ? values.flat(1) : values;
}

interface Target {
  readonly url: string;
  readonly isSame: boolean;
}

function nextTarget(next: string, base: string, before: string): Target | Diagnostic {
  try {
    const url = new URL(next, base);
    return { url: url.href, isSame: url.origin === new URL(before).origin };
  } catch {
    return problem('STEP_HTTP_URL', `The address of the next page, \`${next.slice(0, 200)}\`, cannot be read.`);
  }
}

function publicHeaders(headers: Sent['headers']): Sent['headers'] {
  const kept = ['user-agent', 'accept', 'accept-encoding', 'content-type'];
  return bareObject(Object.entries(headers).filter(([name]) => kept.includes(name)));
}

/** The body becomes a file, which is there when the whole of it is. */
async function download(work: Work, path: string): Promise<StepAnswer> {
  const { request, context, options, sent } = work;
  const { run, work: attempt } = context;
  const target = { root: run.root, folder: resolve(run.root, request.cwd), path, key: attempt.stepKey };
  const opened = await options.files.open(target);
  if (!opened.ok) return failed(opened.diagnostics[0]);
  const file = opened.value;
  const good = fileBody(file, options.maxSavedBytes ?? MAX_SAVED_BYTES);
  const bad = memoryBody(DEFAULT_MAX_OUTPUT, true);
  const end = await ask(work, request.url, sent, good, bad);
  const answer = end.kind === 'failed' ? failed(end.error) : judge(work, end.head, bad);
  if (answer !== null || end.kind === 'failed' || context.signal.aborted) {
    await file.discard();
    return answer ?? failed(undefined);
  }
  return saved(await file.commit(), end.head, good);
}

/** What is wrong with the answer to a download; null when it is good. */
function judge({ request, sent, options }: Work, head: HttpHead, bad: MemoryBody): StepAnswer | null {
  if (!isExpectedStatus(head.status, request.expect)) {
    const outputs = bareObject<Json>([...headOutputs(head), ['body', bad.text()]]);
    return failed(statusProblem(head, sent.method, bad.text(), options.clock.wallMs()), outputs);
  }
  const error = unexpected(head, undefined, request.expect);
  return error === null ? null : failed(error, bareObject(headOutputs(head)));
}

function saved(written: Result<string>, head: HttpHead, body: FileBody): StepAnswer {
  if (!written.ok) return failed(written.diagnostics[0]);
  const outputs = bareObject<Json>([...headOutputs(head), ['path', written.value], ['bytes', body.bytes]]);
  return { outcome: 'succeeded', outputs };
}

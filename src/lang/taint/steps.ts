/** What untrusted text the outputs of each step may hold: what models, servers and the web gave, and what was made of it. Knows no sinks. */

import type { Template } from '../../core/expr/ast.ts';
import { isJsonObject, type Json } from '../../core/json.ts';
import type { OutputSpec } from '../../core/plan/plan.ts';
import { flowOfTemplate, type Sources } from '../../core/taint/flow.ts';
import { sift } from '../../core/taint/sift.ts';
import {
  asText,
  flat,
  isSame,
  join,
  listOf,
  member,
  type Origin,
  parts,
  type Taint,
  text,
  through,
} from '../../core/taint/taint.ts';
import { type ScopeDraft, type StepDraft, scopeInside } from '../compile/draft.ts';
import { placeOf, workflowPlace } from '../compile/place.ts';
import type { LoneNode } from '../compile/step.ts';
import { valueOf } from '../compile/tree.ts';
import { givenTo } from './children.ts';
import { type FlowFile, makeContexts, type StepFlows } from './contexts.ts';
import { inOrder } from './order.ts';

export interface Flows {
  sourcesAt: ReturnType<typeof makeContexts>;
  /** The outputs of the file. */
  outputs(outputs: Readonly<Record<string, OutputSpec>>): ReadonlyMap<string, Taint>;
}

/** The steps that give untrusted text by what they are. */
const SOURCES: ReadonlyMap<string, Origin['kind']> = new Map([
  ['claude', 'model'],
  ['mcp', 'server'],
  ['http', 'web'],
]);
/** Rounds after which what a loop hands on is taken to be in every part of it. */
const MAX_ROUNDS = 8;

/** Whether a step gives untrusted text, whatever it is given. */
export function isSource(step: StepDraft): boolean {
  if (SOURCES.has(step.action ?? '') || reachesWeb(step)) return true;
  if (step.action === 'wait' && valueOf(valueOf(valueOf(step.tree, 'wait'), 'until'), 'http') !== undefined)
    return true;
  return (step.children ?? []).some(({ face }) => face?.flows.hasSources === true);
}

/** Whether it is a step of a plugin that may talk to hosts. */
function reachesWeb({ used }: StepDraft): boolean {
  const net = used?.granted['net'];
  return Array.isArray(net) && net.length > 0;
}

export function makeFlows(file: FlowFile): Flows {
  const made = new Map<StepDraft, Taint>();
  const lasts = new Map<StepDraft, Taint>();
  const steps: StepFlows = { step: stepFlow, self: selfFlow, last: (step) => lasts.get(step) ?? null, message };
  const sourcesAt = makeContexts(file, steps);
  for (const scope of file.scopes) warm(scope);
  return {
    sourcesAt,
    outputs: (outputs) => {
      const sources = sourcesAt(workflowPlace(file.main, 'outputs', { wholeSteps: true }));
      return new Map(Object.entries(outputs).map(([name, spec]) => [name, computed(spec, sources)] as const));
    },
  };

  /** From the first steps to the last, as deep as groups stand in one another. */
  function warm(scope: ScopeDraft): void {
    for (const step of inOrder(scope)) {
      warmInside(step);
      onceFlow(step);
    }
  }

  function warmInside(step: StepDraft): void {
    for (const { scope } of step.bodies) warm(scope);
  }

  function stepFlow(step: StepDraft): Taint {
    const once = onceFlow(step);
    const error = parts([['message', isSource(step) ? message() : null]]);
    const each = file.compiled.get(step)?.again?.each;
    if (each === undefined)
      return parts([
        ['outputs', once],
        ['error', error],
      ]);
    const item = sourcesAt(placeOf(step, 'self')).context('item');
    const items = listOf(
      parts([
        ['item', item],
        ['key', flat(item)],
        ['outputs', once],
        ['error', error],
      ]),
    );
    return parts([
      ['outputs', listOf(once)],
      ['items', items],
      ['error', error],
    ]);
  }

  /** The outputs of one time that it is done. */
  function onceFlow(step: StepDraft): Taint {
    const known = made.get(step);
    if (known !== undefined) return known;
    made.set(step, null); // what reads itself has a problem of its own
    let outputs = outputsFlow(step);
    if (file.compiled.get(step)?.again?.loop !== undefined) outputs = settle(step, outputs);
    made.set(step, outputs);
    return outputs;
  }

  /** What an iteration hands to the next may come around: until nothing is added. */
  function settle(step: StepDraft, first: Taint): Taint {
    let outputs = first;
    for (let round = 1; outputs !== null; round++) {
      const last = join(lasts.get(step) ?? null, round > MAX_ROUNDS ? flat(outputs) : outputs);
      if (isSame(last, lasts.get(step) ?? null)) break;
      lasts.set(step, last);
      forget(step);
      warmInside(step);
      outputs = join(outputs, outputsFlow(step));
    }
    return outputs;
  }

  function forget(step: StepDraft): void {
    for (const inner of within(step)) made.delete(inner);
    made.set(step, null);
  }

  function outputsFlow(step: StepDraft): Taint {
    const node = file.compiled.get(step);
    const own = ownFlow(step, node);
    const isSourceItself = SOURCES.has(step.action ?? '');
    const shown = isSourceItself ? own : hopped(own, `steps.${step.id}.outputs`);
    if (node?.outputs === undefined) return shown;
    const inner = scopeInside(step);
    const sources = sourcesAt(
      placeOf(step, 'outputs', inner === null ? { self: true } : { scope: inner, wholeSteps: true }),
    );
    return overlaid(
      shown,
      Object.entries(node.outputs).map(
        ([name, spec]) => [name, through(computed(spec, sources), `steps.${step.id}.outputs.${name}`)] as const,
      ),
    );
  }

  function ownFlow(step: StepDraft, node: LoneNode | undefined): Taint {
    const of = (kind: Origin['kind']): Taint =>
      text({ kind, of: `steps.${step.id}.outputs`, at: file.scene.locator.span(step.idRange), via: [] });
    switch (node?.kind) {
      case 'action':
        return actionFlow(step, node, of);
      case 'set':
        return flowOfTemplate(node.values, sourcesAt(placeOf(step, 'set')));
      case 'await':
        if (node.what.kind !== 'probe') return null;
        return node.what.action === 'http' ? httpFlow(node.what.with, of('web')) : runFlow(step, node.what.with);
      case 'choose':
        return branchesFlow(step, node.bodyOutputs ?? []);
      case 'race':
        return join(...step.bodies.flatMap(({ scope }) => scope.steps.map(onceFlow)));
      case 'workflow':
        return childFlow(step);
      default:
        return null;
    }
  }

  function actionFlow(
    step: StepDraft,
    node: LoneNode & { readonly kind: 'action' },
    of: (kind: Origin['kind']) => Taint,
  ): Taint {
    switch (node.action) {
      case 'claude':
        return claudeFlow(node.with, of('model'));
      case 'mcp':
        return of('server');
      case 'http':
        return httpFlow(node.with, of('web'));
      case 'run':
        return runFlow(step, node.with);
      case 'uses':
        return usesFlow(step, node.with, of('web'));
      default:
        return null;
    }
  }

  /** A program is no filter: what it prints may be what it was given. */
  function runFlow(step: StepDraft, request: Template): Taint {
    const sources = sourcesAt(placeOf(step, 'run', { self: false }));
    const given = flat(join(textsOf(request, sources), sources.context('env')));
    return given === null ? null : parts([...RUN_CLEAN, ['stdout', given], ['stderr', given]], given);
  }

  /** A plugin is no filter either, but for what the schema of its outputs bounds; one that reaches the web may give what stands there. */
  function usesFlow(step: StepDraft, request: Template, web: Taint): Taint {
    const given = flat(flowOfTemplate(request, sourcesAt(placeOf(step, 'with'))));
    return sift(step.used?.output, reachesWeb(step) ? join(given, web) : given);
  }

  function branchesFlow(step: StepDraft, outputs: readonly (Readonly<Record<string, OutputSpec>> | null)[]): Taint {
    return join(
      ...step.bodies.map(({ scope }, index) => {
        const sources = sourcesAt(placeOf(step, 'outputs', { scope, wholeSteps: true }));
        return parts(
          Object.entries(outputs[index] ?? {}).map(([name, spec]) => [name, computed(spec, sources)] as const),
        );
      }),
    );
  }

  function childFlow(step: StepDraft): Taint {
    const faces = (step.children ?? []).flatMap(({ face }) => face ?? []);
    return join(...faces.map((face) => parts(face.flows.outputs(givenTo(file, step, face, sourcesAt)))));
  }

  /** Of any step: what a failure says may be what a server said. */
  function message(): Taint {
    for (const step of file.compiled.keys()) {
      if (!isSource(step)) continue;
      return text({
        kind: SOURCES.get(step.action ?? '') ?? 'web',
        of: `steps.${step.id}.error.message`,
        at: file.scene.locator.span(step.idRange),
        via: [],
      });
    }
    return null;
  }

  function selfFlow(step: StepDraft): Taint {
    const own = ownFlow(step, file.compiled.get(step));
    const given = file.compiled.get(step)?.kind === 'action' ? own : null;
    const output = (name: string): readonly [string, Taint] => [name, member(given, name)];
    const lines = listOf(member(given, 'stdout'));
    return parts([
      ['outputs', own],
      output('stdout'),
      output('stderr'),
      ['json', jsonOf(step, given)],
      ['lines', lines],
    ]);
  }

  function jsonOf(step: StepDraft, given: Taint): Taint {
    return member(given, step.action === 'http' ? 'json' : 'stdout');
  }
}

const RUN_CLEAN: readonly (readonly [string, Taint])[] = [
  ['exit-code', null],
  ['stdout-truncated', null],
  ['stderr-truncated', null],
  ['log', null],
  ['artifacts', null],
];
/** What giga itself says of a call. */
const CALL_CLEAN = ['usage', 'cost', 'model', 'by', 'turns', 'session', 'denied', 'artifacts'].map(
  (name) => [name, null] as const,
);

/** What a program is given; of its values only texts can be. */
function textsOf(request: Template, sources: Sources): Taint {
  if (request.kind !== 'object') return flowOfTemplate(request, sources);
  const fields = request.entries.map(([, field]) => field);
  return join(
    ...fields.map((field) => (field.kind === 'object' ? textsIn(field, sources) : flowOfTemplate(field, sources))),
  );
}

function textsIn({ entries }: Template & { readonly kind: 'object' }, sources: Sources): Taint {
  return join(...entries.map(([, value]) => asText(flowOfTemplate(value, sources))));
}

function claudeFlow(request: Template, answer: Taint): Taint {
  const schema = literalField(request, 'output');
  if (!isJsonObject(schema)) return parts([['text', member(answer, 'text')], ...CALL_CLEAN]);
  if (!isJsonObject(schema['properties']))
    return parts([['value', sift(schema, member(answer, 'value'))], ...CALL_CLEAN]);
  return overlaid(sift(schema, answer), CALL_CLEAN);
}

function httpFlow(request: Template, answer: Taint): Taint {
  const expect = literalField(request, 'expect');
  const schema = isJsonObject(expect) ? expect['json'] : undefined;
  const of = (name: string): readonly [string, Taint] => [name, member(answer, name)];
  return parts([of('headers'), of('body'), of('url'), ['json', sift(schema, member(answer, 'json'))]]);
}

export function literalField(request: Template, name: string): Json | undefined {
  if (request.kind === 'literal') return isJsonObject(request.value) ? request.value[name] : undefined;
  const field = request.kind === 'object' ? request.entries.find(([key]) => key === name)?.[1] : undefined;
  return field?.kind === 'literal' ? field.value : undefined;
}

function computed({ value, schema }: OutputSpec, sources: Sources): Taint {
  return sift(schema, flowOfTemplate(value, sources));
}

/** The members of an object, some of them put in their places anew. */
function overlaid(taint: Taint, fields: readonly (readonly [string, Taint])[]): Taint {
  const known = taint?.kind === 'parts' ? taint.fields : [];
  return parts([...known, ...fields], taint?.kind === 'text' ? taint : (taint?.rest ?? null));
}

function hopped(taint: Taint, path: string): Taint {
  if (taint?.kind !== 'parts') return through(taint, path);
  return parts(
    [...taint.fields].map(([name, one]) => [name, through(one, `${path}.${name}`)] as const),
    through(taint.rest, path),
  );
}

/** The steps that are done anew when a step is. */
function* within(step: StepDraft): Iterable<StepDraft> {
  const scopes: ScopeDraft[] = [...step.bodies, ...step.hooks].map(({ scope }) => scope);
  for (const scope of scopes)
    for (const inner of scope.steps) {
      yield inner;
      scopes.push(...[...inner.bodies, ...inner.hooks].map((body) => body.scope));
    }
}

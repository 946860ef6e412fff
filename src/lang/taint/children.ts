/** What a step gives to the file that it runs, as the flows of that file ask for it. Knows names, no sinks. */
import { flowOfTemplate, type Sources } from '../../core/taint/flow.ts';
import { member, type Taint, text } from '../../core/taint/taint.ts';
import type { StepDraft } from '../compile/draft.ts';
import type { Face } from '../compile/family.ts';
import { type Place, placeOf } from '../compile/place.ts';
import type { FlowFile } from './contexts.ts';

/** By the name that the file knows it by: `inputs.path`, and of a fragment also `env.NAME`. */
export function givenTo(
  { compiled, scene }: FlowFile,
  step: StepDraft,
  face: Face,
  sourcesAt: (place: Place) => Sources,
): (name: string) => Taint {
  const node = compiled.get(step);
  const files = node?.kind === 'workflow' ? (node.child?.files ?? []) : [];
  const given = files.find(({ file }) => file === face.plan.file)?.with;
  const sources = sourcesAt(placeOf(step, 'with'));
  // What an agent calls a workflow with, its model says.
  const said = text({ kind: 'model', of: `steps.${step.id}.tools`, at: scene.locator.span(step.idRange), via: [] });
  return (name) => {
    const dot = name.indexOf('.');
    const [context, key] = [name.slice(0, dot), name.slice(dot + 1)];
    if (context === 'env') return member(sources.context('env'), key);
    if (step.action === 'claude') return said;
    return given === undefined ? null : member(flowOfTemplate(given, sources), key);
  };
}

/** Random workflows as people write them, with every construct of control flow. What they do is known from their text alone. */
import fc from 'fast-check';

export interface Member {
  readonly id: string;
  readonly step: Step;
}
/** A step as it stands in YAML. */
export type Step = Readonly<Record<string, unknown>>;
export interface Workflow {
  readonly steps: readonly Member[];
  readonly isList: boolean;
  readonly onSuccess: readonly Member[];
  readonly onFailure: readonly Member[];
  readonly finally: readonly Member[];
  /** The workflows that are run by it, or by one of them, by file. They take `n`, and give it back as `v`. */
  readonly children: ReadonlyMap<string, Workflow>;
}

type Kind = 'run' | 'set' | 'fail' | 'wait' | 'steps' | 'parallel' | 'choose' | 'try' | 'race' | 'workflow';

interface Raw {
  readonly kind: Kind;
  /** What a script says it does: `ok 1` gives `v: 1`, `bad 2` exits with 2, `flaky 1` fails once. */
  readonly does: string;
  readonly needs: readonly number[] | undefined;
  readonly when: string | undefined;
  readonly test: { readonly form: number; readonly of: number; readonly value: number } | undefined;
  readonly attempts: number | undefined;
  readonly flags: number;
  readonly each: { readonly count: number; readonly failures: number } | undefined;
  readonly loop: { readonly max: number; readonly until: number } | undefined;
  readonly hooks: { readonly success: string; readonly failure: string } | undefined;
  readonly bodies: readonly (readonly Raw[])[];
}

const int = (min: number, max: number) => fc.integer({ min, max });
const rare = <T>(arbitrary: fc.Arbitrary<T>, weight = 4): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
const DOES = fc.constantFrom('ok 0', 'ok 1', 'ok 1', 'ok 2', 'bad 1', 'bad 2', 'flaky 1', 'flaky 2');
const PLAIN = fc.constantFrom('ok 1', 'ok 2', 'bad 3');

function raw(depth: number): fc.Arbitrary<Raw> {
  const body = depth > 0 ? fc.array(raw(depth - 1), { minLength: 1, maxLength: 3 }) : fc.constant<Raw[]>([]);
  const groups: readonly Kind[] =
    depth > 0 ? ['steps', 'steps', 'parallel', 'choose', 'try', 'race', 'workflow', 'workflow'] : [];
  return fc.record({
    kind: fc.constantFrom<Kind>('run', 'run', 'run', 'run', 'set', 'fail', 'wait', ...groups),
    does: DOES,
    needs: rare(fc.array(int(0, 9), { maxLength: 2 }), 1),
    when: rare(fc.constantFrom('all-done', 'any-succeeded', 'none-failed', 'all-succeeded')),
    test: rare(fc.record({ form: int(0, 3), of: int(0, 9), value: int(0, 2) }), 3),
    attempts: rare(int(1, 3)),
    flags: int(0, 15),
    each: rare(fc.record({ count: int(0, 3), failures: int(0, 2) }), 8),
    loop: rare(fc.record({ max: int(1, 3), until: int(1, 4) }), 8),
    hooks: rare(fc.record({ success: PLAIN, failure: PLAIN }), 8),
    bodies: fc.array(body, { minLength: 3, maxLength: 3 }),
  });
}

const ENDS = fc.array(fc.constantFrom('ok 1', 'ok 1', 'ok 1', 'ok 2', 'bad 3'), { maxLength: 2 });

export const WORKFLOWS: fc.Arbitrary<Workflow> = fc
  .record({
    raws: fc.array(raw(2), { minLength: 1, maxLength: 5 }),
    isList: fc.boolean(),
    ends: fc.tuple(ENDS, ENDS, ENDS),
  })
  .map(({ raws, isList, ends }) => {
    const maker: Maker = { count: 0, children: new Map() };
    const steps = members(raws, isList, maker);
    const [onSuccess, onFailure, last] = ends.map((end) => leavesOf(end, maker));
    const { children } = maker;
    return { steps, isList, onSuccess: onSuccess ?? [], onFailure: onFailure ?? [], finally: last ?? [], children };
  });

/** What is made so far: ids are never given twice. */
interface Maker {
  count: number;
  readonly children: Map<string, Workflow>;
}

function newId(maker: Maker): string {
  maker.count++;
  return `s${maker.count}`;
}

function leavesOf(scripts: readonly string[], maker: Maker): readonly Member[] {
  return scripts.map((run): Member => ({ id: newId(maker), step: { run } }));
}

function members(raws: readonly Raw[], isList: boolean, maker: Maker): readonly Member[] {
  const made: Member[] = [];
  for (const one of raws) made.push({ id: newId(maker), step: stepOf(one, made, isList, maker) });
  return made;
}

/** The file of a new workflow. What its steps do depends on what it is given. */
function childOf({ bodies, flags }: Raw, maker: Maker): string {
  const [first = [], second = [], third = []] = bodies;
  const isList = (flags & 1) === 1;
  const given: Member = {
    id: newId(maker),
    step: { run: flags % 3 === 0 ? 'bad ${{ inputs.n }}' : 'ok ${{ inputs.n }}' },
  };
  const steps = [...(flags > 5 ? [given] : []), ...members(first, isList, maker)];
  const does = (raws: readonly Raw[]): readonly Member[] =>
    leavesOf(
      raws.slice(0, 2).map((one) => one.does.replace('flaky', 'bad')),
      maker,
    );
  const ends = {
    onSuccess: does(flags > 8 ? third : []),
    onFailure: does(second),
    finally: does(flags > 10 ? third : []),
  };
  const file = `child-${maker.children.size}.yaml`;
  maker.children.set(file, { steps, isList, ...ends, children: new Map() });
  return file;
}

/** Steps of which `outputs.v` may be read: those that have it whenever they succeed, and are done once. */
function readable(before: readonly Member[]): readonly Member[] {
  const gives = ['run', 'set', 'workflow'];
  return before.filter(({ step }) => gives.some((key) => key in step) && !('for-each' in step) && !('loop' in step));
}

function stepOf(one: Raw, before: readonly Member[], isList: boolean, maker: Maker): Step {
  const needs = [...new Set((one.needs ?? []).map((index) => before[index % before.length]?.id))].filter(Boolean);
  const hasNeeds = one.needs !== undefined && (isList || needs.length > 0);
  const hasEdges = needs.length > 0 || (isList && !hasNeeds && before.length > 0);
  const test = testOf(one, readable(before), hasEdges);
  const isRepeatable = one.kind === 'run' || one.kind === 'set';
  const isOften = one.each !== undefined && isRepeatable;
  const isLooped = !isOften && one.loop !== undefined && one.kind === 'run';
  return {
    ...(hasNeeds && { needs: one.when && needs.length > 0 ? { steps: needs, when: one.when } : needs }),
    ...(test && { if: test }),
    ...(one.attempts &&
      !['set', 'fail', 'wait'].includes(one.kind) && { retry: { attempts: one.attempts, delay: '0ms' } }),
    ...(one.flags % 5 === 4 && !['set', 'fail'].includes(one.kind) && { lock: newId(maker) }),
    ...(one.flags % 7 === 3 && one.kind === 'run' && { cache: { inputs: [], outputs: ['out/**'] } }),
    ...((one.flags & 3) === 3 && { 'continue-on-error': true }),
    ...((one.flags & 12) === 12 && { 'allow-failure': true }),
    ...(one.hooks && {
      'on-success': [{ id: newId(maker), run: one.hooks.success }],
      'on-failure': [{ id: newId(maker), run: one.hooks.failure }],
    }),
    ...(isOften && {
      'for-each': {
        items: ['a', 'b', 'c'].slice(0, one.each?.count),
        'fail-fast': false,
        'max-failures': one.each?.failures,
      },
    }),
    ...(isLooped && { loop: { max: one.loop?.max, until: `self.outputs.v == ${one.loop?.until}` } }),
    ...actionOf(one, before, maker, isOften, isLooped),
  };
}

function testOf({ test, kind }: Raw, before: readonly Member[], hasEdges: boolean): string | undefined {
  if (test === undefined) return undefined;
  const read = before[test.of % Math.max(1, before.length)];
  const reads = read && kind !== 'choose' ? `steps.${read.id}.outputs.v == ${test.value}` : undefined;
  if (test.form === 0) return 'always()';
  if (test.form === 1) return hasEdges ? 'failure()' : undefined;
  return test.form === 2 || reads === undefined ? reads : `always() && ${reads}`;
}

function actionOf(one: Raw, before: readonly Member[], maker: Maker, isOften: boolean, isLooped: boolean): Step {
  const [first = [], second = [], third = []] = one.bodies;
  const isList = (one.flags & 1) === 1;
  const leaves = (raws: readonly Raw[]): readonly Step[] =>
    raws.map(({ does }) => ({ id: newId(maker), run: does.replace('flaky', 'bad') }));
  switch (one.kind) {
    case 'run':
      return { run: isOften ? 'item ${{ item }}' : isLooped ? 'turn ${{ loop.iteration }}' : one.does };
    case 'set':
      return { set: { v: isOften ? '${{ index }}' : one.flags % 3 } };
    case 'fail':
      return { fail: 'no' };
    case 'wait':
      return { wait: { for: '1s' } };
    case 'steps':
      return { steps: written(members(first, isList, maker), isList) };
    case 'parallel':
      return { parallel: written(members(first, false, maker), false) };
    case 'choose': {
      const [read] = readable(before);
      const test = read ? `steps.${read.id}.outputs.v == ${one.flags % 3}` : one.flags % 2 === 0;
      const branch = (raws: readonly Raw[]) => written(members(raws, true, maker), true);
      return {
        choose: [{ if: String(test), steps: branch(first) }, ...(one.flags > 7 ? [{ else: branch(second) }] : [])],
      };
    }
    case 'try':
      return {
        try: leaves(first),
        catch: [{ when: `error.exit-code == ${1 + (one.flags % 2)}`, steps: leaves(second) }],
        ...(one.flags > 5 && { finally: leaves(third) }),
      };
    case 'race':
      return { race: leaves(first) };
    case 'workflow': {
      const [read] = readable(before).toReversed();
      const n = read && one.flags % 2 === 0 ? `\${{ steps.${read.id}.outputs.v }}` : one.flags % 3;
      return { workflow: childOf(one, maker), with: { n } };
    }
    default:
      return one.kind satisfies never;
  }
}

/** Steps as YAML has them: a list of steps with ids, or a map by id. */
export function written(made: readonly Member[], isList: boolean): unknown {
  return isList
    ? made.map(({ id, step }) => ({ id, ...step }))
    : Object.fromEntries(made.map(({ id, step }) => [id, step]));
}

/** The members of steps as they stand in YAML, and whether they are a list. */
export function read(steps: unknown): { readonly members: readonly Member[]; readonly isList: boolean } {
  if (Array.isArray(steps)) {
    const list = steps as readonly (Step & { readonly id: string })[]; // as `written` made them
    return { isList: true, members: list.map((step) => ({ id: step.id, step })) };
  }
  return {
    isList: false,
    members: Object.entries(steps as Readonly<Record<string, Step>>).map(([id, step]) => ({ id, step })),
  };
}

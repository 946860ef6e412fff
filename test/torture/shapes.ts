/** The workflows whose lives are cut: short ones, each of another construct. Every script says when it begins and when it ends. Knows nothing of kills. */

export interface Shape {
  readonly name: string;
  /** By name; `t.yaml` is the one that is run. */
  readonly files: Readonly<Record<string, string>>;
  /** Paths of the steps that have come to their end when the run has succeeded. */
  readonly steps: readonly string[];
  /** How often a line stands in a file of the workspace when the run has succeeded. */
  readonly lines?: Readonly<Record<string, readonly string[]>>;
  /** The workspace is a git repository. */
  readonly git?: true;
}

/** Leaves a mark when it begins and one when it ends; `$MARKS` is a file outside of the workspace. */
const MARK = 'echo "+ $GIGA_STEP_KEY" >> "$MARKS"; sleep 0.01; echo "- $GIGA_STEP_KEY" >> "$MARKS"';
const step = (id: string, more = ''): string => `  - { id: ${id}, run: '${MARK}'${more === '' ? '' : `, ${more}`} }\n`;
const numbered = (count: number, each: (n: number) => string): string =>
  Array.from({ length: count }, (_, n) => each(n)).join('');
const named = (count: number, name: string): string[] => Array.from({ length: count }, (_, n) => `${name}${n}`);
const RUN = `run: '${MARK}'`;

const chain: Shape = {
  name: 'chain',
  files: { 't.yaml': `steps:\n${numbered(8, (n) => step(`s${n}`))}` },
  steps: named(8, 's'),
};

const fan: Shape = {
  name: 'fan',
  files: {
    't.yaml': `concurrency: 4\nsteps:\n  first: { ${RUN} }\n${numbered(10, (n) => `  s${n}: { needs: first, ${RUN} }\n`)}  last: { needs: [${named(10, 's').join(', ')}], ${RUN} }\n`,
  },
  steps: ['first', ...named(10, 's'), 'last'],
};

const loop: Shape = {
  name: 'loop',
  files: { 't.yaml': `steps:\n  turns: { loop: { max: 5 }, ${RUN} }\n  last: { needs: turns, ${RUN} }\n` },
  steps: [...[1, 2, 3, 4, 5].map((turn) => `turns#${turn}`), 'last'],
};

const items: Shape = {
  name: 'items',
  files: {
    't.yaml': `concurrency: 4
steps:
  each:
    for-each: { items: [a, b, c, d], max: 2 }
    steps: [{ id: one, ${RUN} }, { id: two, ${RUN} }]
  last: { needs: each, ${RUN} }
finally: [{ id: end, ${RUN} }]
`,
  },
  steps: [...['a', 'b', 'c', 'd'].flatMap((item) => [`each[${item}]/one`, `each[${item}]/two`]), 'last', 'finally/end'],
};

const child: Shape = {
  name: 'child',
  files: {
    't.yaml': `steps:\n  first: { ${RUN} }\n  child: { needs: first, for-each: { items: [x, y] }, workflow: child.yaml }\n  last: { needs: child, ${RUN} }\n`,
    'child.yaml': `steps: [{ id: one, ${RUN} }, { id: two, ${RUN} }]\nfinally: [{ id: end, ${RUN} }]\n`,
  },
  steps: [
    'first',
    ...['x', 'y'].flatMap((item) => [`child[${item}]/one`, `child[${item}]/two`, `child[${item}]/finally/end`]),
    'last',
  ],
};

const branches: Shape = {
  name: 'try, race and retry',
  files: {
    't.yaml': `concurrency: 4
steps:
  caught:
    try: [{ id: bad, run: exit 3 }]
    catch: [{ steps: [{ id: good, ${RUN} }] }]
  race: { race: { fast: { ${RUN} }, slow: { run: sleep 20 } } }
  again: { retry: { attempts: 2, delay: 20ms }, run: 'if [ -e tried ]; then ${MARK}; else touch tried; exit 1; fi' }
  last: { needs: [caught, race, again], ${RUN} }
`,
  },
  steps: ['caught/catch/good', 'race/fast', 'again', 'last'],
};

const approval: Shape = {
  name: 'approval',
  files: {
    't.yaml': `steps:\n${step('before')}  - { id: gate, approve: { message: 'Go on?' } }\n${step('after')}${step('last')}`,
  },
  steps: ['before', 'after', 'last'],
};

const service: Shape = {
  name: 'service',
  files: {
    't.yaml': `steps:
  api: { service: { run: 'echo "is up"; exec sleep 60', ready: { log: is up } } }
  one: { needs: api, ${RUN} }
  two: { needs: [api, one], ${RUN} }
  three: { needs: [api, two], ${RUN} }
`,
  },
  steps: ['one', 'two', 'three'],
};

const once: Shape = {
  name: 'once, with a lock and a group',
  files: {
    't.yaml': `concurrency: { group: all }
steps:
  - { id: before, lock: door, ${RUN} }
  - { id: pay, once: invoice-7, lock: door, ${RUN} }
  - { id: tell, lock: door, ${RUN} }
`,
  },
  steps: ['before', 'pay', 'tell'],
};

/** Whoever is cut off in the middle has written its line or not: `verify` tells, so that there is one. */
const effect: Shape = {
  name: 'an effect with verify',
  files: {
    't.yaml': `steps:
${step('before')}  - id: pay
    run: sleep 0.02; echo paid >> ledger.txt; sleep 0.02
    idempotent: false
    verify: { run: grep -q paid ledger.txt || exit 1 }
  - id: release
    run: sleep 0.01; echo out >> released.txt; sleep 0.01
    idempotent: false
    verify: { run: grep -q out released.txt || exit 1 }
${step('last')}`,
  },
  steps: ['before', 'last'],
  lines: { 'ledger.txt': ['paid'], 'released.txt': ['out'] },
};

const files: Shape = {
  name: 'outputs, artifacts and a cache',
  files: {
    'in.txt': 'one\n',
    't.yaml': `steps:
  build:
    run: '${MARK}; mkdir -p dist; cp in.txt dist/out.txt; echo "size=4" >> "$GIGA_OUTPUT"'
    outputs: [size]
    cache: { inputs: [in.txt], outputs: [dist/**] }
    artifacts: dist/**
  check: { needs: build, run: '${MARK}; [ "$(cat dist/out.txt)-\${{ steps.build.outputs.size }}" = one-4 ]' }
  keep: { needs: check, write: { path: made.txt, content: made } }
  last: { needs: keep, run: '${MARK}; grep -q made made.txt' }
`,
  },
  steps: ['check', 'last'],
  lines: { 'dist/out.txt': ['one'], 'made.txt': ['made'] },
};

const worktree: Shape = {
  name: 'worktree',
  git: true,
  files: {
    't.yaml': `workspace: { worktree: true, merge: squash }
steps:
  - { id: write, run: '${MARK}; echo made > made.txt' }
  - { id: change, run: '${MARK}; echo changed > other.txt' }
  - { id: check, run: '${MARK}; grep made made.txt && grep changed other.txt' }
`,
  },
  steps: ['write', 'change', 'check'],
  lines: { 'made.txt': ['made'], 'other.txt': ['changed'] },
};

export const SHAPES: readonly Shape[] = [
  chain,
  fan,
  loop,
  items,
  child,
  branches,
  approval,
  service,
  once,
  effect,
  files,
  worktree,
];

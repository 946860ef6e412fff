import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openWorkplace, type Workplace } from './giga.ts';

let place: Workplace;
beforeAll(() => openWorkplace().remove()); // builds
beforeEach(() => {
  place = openWorkplace();
});
afterEach(() => place.remove());

const FLOW = `
secrets: [TOKEN]
steps:
  list: { run: 'echo ''["eu","us","a/b"]''' }
  deploy:
    for-each: { items: '\${{ fromJSON(steps.list.outputs.stdout) }}', max-failures: 1 }
    steps:
      - { id: pack, run: 'echo "\${{ item }}" >> done.txt' }
      - { id: upload, secrets: [TOKEN], run: 'test "\${{ item }}" != us || test -e ok; echo "$TOKEN \${{ item }}"' }
  fix:
    needs: deploy
    run: 'echo "n=\${{ loop.iteration }}" >> "$GIGA_OUTPUT"'
    loop: { max: 4, until: self.outputs.n == 2 }
  get:
    needs: deploy
    race: { slow: { run: sleep 30 }, fast: { run: echo fast } }
  safe:
    needs: [fix, get]
    try: { risky: { run: exit 9 } }
    catch: [{ when: error.exit-code == 9, steps: { plan-b: { run: 'echo "got \${{ steps.get.outputs.stdout }}"' } } }]
outputs:
  keys: \${{ join(steps.deploy.items.*.key, '|') }}
  iterations: \${{ steps.fix.outputs.iterations }}
`;

describe('items, iterations, branches and races', () => {
  it('run, are told, and are resumed where they failed', async () => {
    place.remove();
    place = openWorkplace({ TOKEN: 'hunter2-hunter2' });
    place.put('flow.yaml', FLOW);
    const run = await place.giga('run', 'flow.yaml');
    expect(run.err).toContain('RESULT succeeded with allowed failures');
    expect(run.err).toContain('2 failed (1 allowed, 1 handled)');
    expect(run.err).toContain('deploy[us]/upload FAILED exit 1');
    expect(run.err).toContain('output keys = eu|us|a/b');
    expect(run.err).toContain('output iterations = 2');
    const why = await place.giga('why', 'deploy[us]/upload');
    expect(why).toMatchObject({ code: 0, out: expect.stringContaining('✘ deploy[us]/upload failed') });
    const log = await place.giga('logs', 'deploy[a%2Fb]/upload');
    expect(log.out).toBe('*** a/b\n');
    const shown = await place.giga('runs', 'show');
    expect(shown.out).toMatch(/deploy\[us\] +failed[^]*fix#2 +ok[^]*get\/slow +cancelled[^]*safe\/catch\/plan-b +ok/);

    const failed = await place.giga('runs', 'failed');
    expect(failed.out).toBe('✘ deploy[us]  exit 1  in deploy[us]/upload\n');

    place.put('ok', '');
    const plan = await place.giga('resume', '--from', 'deploy[us]', '--plan');
    expect(plan.out).toMatch(/keep +deploy\[eu\]\/pack[^]*run +deploy\[us\]\/pack/);
    const resumed = await place.giga('resume', '--from', 'deploy[us]');
    expect(resumed.err).toContain('RESULT succeeded ·');
    expect(readFileSync(join(place.folder, 'done.txt'), 'utf8').trim().split('\n').toSorted()).toEqual([
      'a/b',
      'eu',
      'us',
      'us',
    ]);
  });

  it('have their failed items done again, and only those', async () => {
    place.remove();
    place = openWorkplace({ TOKEN: 'hunter2-hunter2' });
    place.put('flow.yaml', FLOW);
    await place.giga('run', 'flow.yaml');
    place.put('ok', '');
    const resumed = await place.giga('resume', '--failed-items');
    expect(resumed.err).toContain('RESULT succeeded ·');
    expect(resumed.err).toContain('deploy[us]/upload ok');
    expect(readFileSync(join(place.folder, 'done.txt'), 'utf8').trim().split('\n')).toHaveLength(3);
    const again = await place.giga('resume', '--failed-items');
    expect(again).toMatchObject({ code: 2, err: expect.stringContaining('RUN_NO_FAILED_ITEMS') });
    expect((await place.giga('runs', 'failed')).err).toContain('no item of run');
  });

  it('write events that fit the published schema', async () => {
    place.remove();
    place = openWorkplace({ TOKEN: 'hunter2-hunter2' });
    place.put('flow.yaml', FLOW);
    const { out } = await place.giga('run', 'flow.yaml', '--json');
    const validate = new Ajv({ strict: false }).compile(JSON.parse(readFileSync('schemas/event.schema.json', 'utf8')));
    const events = out
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    for (const event of events) expect(validate(event), JSON.stringify([event, validate.errors])).toBe(true);
    expect(JSON.stringify(events)).not.toContain('hunter2');
    expect(events.map((event) => (event as { readonly type: string }).type)).toEqual(
      expect.arrayContaining(['race.won', 'scope.closed']),
    ); // by the schema
  });

  it('are drawn and planned', async () => {
    place.put('flow.yaml', FLOW);
    const { out } = await place.giga('graph', 'flow.yaml');
    expect(out).toContain('steps · for each of fromJSON(steps.list.outputs.stdout) ← list');
    expect(out).toContain('run · loop until self.outputs.n == 2 at most 4 times');
    expect(out).toContain('catch error.exit-code == 9');
    const plan = await place.giga('plan', 'flow.yaml');
    expect(plan.out).toContain('deploy  group · for each of');
  });
});

describe('hooks and ends', () => {
  const HOOKS = `
inputs: { code: { type: integer, default: 0 } }
steps:
  - id: work
    run: echo "worked"; exit \${{ inputs.code }}
    on-success: [{ id: tell, run: 'echo "told: \${{ self.stdout }}"' }]
    on-failure: [{ id: mourn, run: 'echo "lost: \${{ error.exit-code }}"' }]
on-success: [{ id: party, run: echo yay }]
finally: { steps: [{ id: tidy, run: echo tidied }], on-interrupt: true }
`;
  it('are told as steps, and left out where there was no call for them', async () => {
    place.put('hooks.yaml', HOOKS);
    const good = await place.giga('run', 'hooks.yaml');
    expect(good).toMatchObject({ code: 0, err: expect.stringContaining('work/on-success/tell ok') });
    expect((await place.giga('logs', 'work/on-success/tell')).out).toBe('told: worked\n');
    const bad = await place.giga('run', 'hooks.yaml', '-i', 'code=3');
    expect(bad).toMatchObject({ code: 1, err: expect.stringContaining('work/on-failure/mourn ok') });
    expect((await place.giga('logs', 'work/on-failure/mourn')).out).toBe('lost: 3\n');
    const shown = await place.giga('runs', 'show');
    expect(shown.out).not.toMatch(/tell|party/);
    const plan = await place.giga('resume', '--plan');
    expect(plan.out).toMatch(/run +work +did not succeed/);
    expect(plan.out).not.toContain('on-success');
    expect((await place.giga('graph', 'hooks.yaml')).out).toMatch(/on-success[^]*tell[^]*on-failure[^]*mourn/);
  });
});

describe('giga resume --from', () => {
  it('runs a step again in all items when none is named', async () => {
    place.put(
      'items.yaml',
      'steps: { deploy: { for-each: [eu, us], steps: [{ id: pack, run: echo a }, { id: upload, run: echo b }] } }\n',
    );
    await place.giga('run', 'items.yaml');
    const plan = await place.giga('resume', '--from', 'deploy/upload', '--plan');
    expect(plan.out).toContain('2 keep · 2 run');
    expect(plan.out).toMatch(/keep +deploy\[eu\]\/pack[^]*run +deploy\[eu\]\/upload[^]*run +deploy\[us\]\/upload/);
    const unknown = await place.giga('resume', '--from', 'deploy/uplaod');
    expect(unknown).toMatchObject({ code: 2, err: expect.stringContaining('deploy/upload') });
  });
});

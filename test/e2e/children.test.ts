import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Workplace } from '../cli/giga.ts';
import { appears, eventsOf, inPlace, marks, start } from './place.ts';

const A = '${{';
const MAIN = `
name: Release
secrets: [TOKEN]
inputs: { zone: { type: string, enum: [eu, us], default: eu } }
steps:
  build: { run: echo v1; echo build >> marks }
  deploy:
    for-each: { items: [one, two], max: 1 }
    workflow: lib/deploy.yaml
    secrets: [TOKEN]
    with: { to: "${A} item }}", version: "${A} steps.build.outputs.stdout }}" }
  zone: { needs: deploy, workflow: "lib/${A} inputs.zone }}.yaml" }
  checks: { needs: zone, include: lib/checks.yaml, with: { what: "${A} steps.deploy.outputs[0].url }}" } }
outputs: { said: "${A} steps.checks.outputs.said }}", urls: "${A} toJSON(steps.deploy.items.*.outputs.url) }}" }
`;
const DEPLOY = `
inputs: { to: { required: true }, version: { required: true } }
secrets: [TOKEN]
env: { STAGE: child }
steps:
  pack: { run: 'echo pack-\${{ inputs.to }} >> marks' }
  upload:
    needs: pack
    secrets: [TOKEN]
    run: 'echo upload-\${{ inputs.to }} >> marks; if [ ! -e go ] && [ \${{ inputs.to }} = two ]; then touch begun; sleep 60; fi; echo "\${{ inputs.version }} $STAGE $TOKEN"'
finally:
  clean: { run: 'echo clean-\${{ inputs.to }} >> marks' }
outputs: { url: "\${{ steps.upload.outputs.stdout }}" }
`;
const CHECKS = `
inputs: { what: {} }
steps:
  check: { run: 'echo check >> marks; echo "checked \${{ inputs.what }}"' }
outputs: { said: "\${{ steps.check.outputs.stdout }}" }
`;

function put(place: Workplace): void {
  place.put('main.yaml', MAIN);
  place.put('lib/deploy.yaml', DEPLOY);
  place.put('lib/checks.yaml', CHECKS);
  place.put('lib/eu.yaml', 'steps: { here: { run: echo eu } }\n');
  place.put('lib/us.yaml', 'steps: { here: { run: echo us } }\n');
}
const settled = (events: readonly Record<string, unknown>[]): Record<string, unknown> =>
  Object.fromEntries(
    events.filter(({ type }) => type === 'step.settled').map(({ node, result }) => [String(node), result]),
  );

describe.concurrent('child workflows', () => {
  it('are one run with their parent: cut off in the middle, edited, resumed, explained', () =>
    inPlace(
      async (place) => {
        put(place);
        const run = start(place, 'run', 'main.yaml');
        await appears(place, 'begun');
        run.child.kill('SIGKILL');
        await run.ended;
        expect((await place.giga('resume', '--plan')).out).toMatch(/run +deploy\[two\]\/upload +was cut off/);
        place.put('go', '');
        const resumed = await place.giga('resume', '--json');
        expect(settled(eventsOf(resumed))).toMatchObject({
          'deploy[two]/finally/clean': 'succeeded',
          'zone/here': 'succeeded',
          'checks/check': 'succeeded',
        });
        const last = eventsOf(resumed).at(-1);
        expect(last).toMatchObject({
          type: 'run.finished',
          outputs: { said: 'checked v1 child ***', urls: expect.stringContaining('v1 child ***') },
        });
        expect(marks(place).toSorted()).toEqual([
          'build',
          'check',
          'clean-one',
          'clean-two',
          'pack-one',
          'pack-two',
          'upload-one',
          'upload-two',
          'upload-two',
        ]);

        // Only what the edit of the child touches is done again, with the end of the child.
        place.put('lib/deploy.yaml', DEPLOY.replace('echo "', 'echo "now '));
        const plan = (await place.giga('resume', '--plan')).out;
        expect(plan).toMatch(/keep +deploy\[one\]\/pack +inputs unchanged/);
        expect(plan).toMatch(/run +deploy\[one\]\/upload +the text of `run` changed in lib\/deploy.yaml/);
        expect(plan).toMatch(/run +deploy\[one\]\/finally\/clean/);
        expect(plan).not.toContain('on-failure');
        const edited = await place.giga('resume', '--json');
        expect(settled(eventsOf(edited))).toMatchObject({
          build: 'kept',
          'deploy[one]/pack': 'kept',
          'deploy[one]/upload': 'succeeded',
          'deploy[one]/finally/clean': 'succeeded',
          'zone/here': 'succeeded',
          'checks/check': 'succeeded',
        });
        expect((await place.giga('why', 'deploy[one]/upload')).out).toContain('it stands in lib/deploy.yaml, line 7');
        expect((await place.giga('logs', 'deploy[one]/upload')).out).toBe('now v1 child ***\n');
        expect((await place.giga('runs', 'show')).out).toMatch(
          /deploy\[one\]\/pack +kept[^]*deploy\[one\]\/finally\/clean +ok[^]*checks\/check +ok/,
        );
        expect((await place.giga('resume')).err + (await place.giga('resume')).out).toContain('nothing to do');

        const from = await place.giga('resume', '--from', 'deploy[two]/pack', '--json');
        expect(settled(eventsOf(from))).toMatchObject({
          'deploy[one]/upload': 'kept',
          'deploy[two]/pack': 'succeeded',
          'deploy[two]/upload': 'succeeded',
        });
        const only = await place.giga('resume', '--only', 'checks/check', '--json');
        expect(settled(eventsOf(only))).toMatchObject({
          'deploy[two]/finally/clean': 'kept',
          'checks/check': 'succeeded',
        });
      },
      { TOKEN: 'hunter2-hunter2' },
    ));

  it('are told of by validate, plan, graph and junit with the names of their files', () =>
    inPlace(
      async (place) => {
        put(place);
        place.put('go', '');
        const valid = await place.giga('validate', 'main.yaml');
        expect(valid).toMatchObject({ code: 0, err: '✔ valid  main.yaml\n' });
        expect((await place.giga('plan', 'main.yaml')).out).toMatch(
          /deploy +workflow lib\/deploy.yaml · for each of 2 items, 1 at once[^]*zone +workflow lib\/eu.yaml or lib\/us.yaml[^]*checks +include lib\/checks.yaml/,
        );
        expect((await place.giga('graph', 'main.yaml', '--format', 'mermaid')).out).toMatch(
          /subgraph[^]*workflow lib\/deploy.yaml/,
        );
        place.put('lib/checks.yaml', CHECKS.replace('echo check', 'exit 3; echo check'));
        const run = await place.giga('run', 'main.yaml', '--junit', 'report.xml');
        expect(run.err).toContain('checks/check FAILED exit 3');
        const report = readFileSync(join(place.folder, 'report.xml'), 'utf8');
        expect(report).toMatch(/name="checks\/check"[^>]* file="lib\/checks.yaml" line="4"/);
        expect(report).not.toContain('on-failure');
        place.put('lib/checks.yaml', `${CHECKS}nope: 1\n`);
        const refused = await place.giga('resume');
        expect(refused.err).toContain('lib/checks.yaml:6:1');
      },
      { TOKEN: 'hunter2-hunter2' },
    ));

  it('are compiled anew when any of their files changed, and from the cache when none did', () =>
    inPlace(async (place) => {
      place.put('main.yaml', 'steps: { a: { workflow: lib/a.yaml } }\noutputs: { o: "${{ steps.a.outputs.o }}" }\n');
      const text = (value: string): string =>
        `env-files: [x.env]\nsteps: { s: { run: 'echo "$X ${value}"' } }\noutputs: { o: "\${{ steps.s.outputs.stdout }}" }\n`;
      place.put('lib/a.yaml', text('1'));
      place.put('lib/x.env', 'X=x\n');
      const said = async (): Promise<unknown> =>
        eventsOf(await place.giga('run', 'main.yaml', '--json')).at(-1)?.['outputs'];
      expect([await said(), await said()]).toEqual([{ o: 'x 1' }, { o: 'x 1' }]);
      place.put('lib/a.yaml', text('2'));
      expect(await said()).toEqual({ o: 'x 2' });
      place.put('lib/x.env', 'X=y\n');
      expect(await said()).toEqual({ o: 'y 2' });
      place.put('lib/a.yaml', 'steps: 3\n');
      const broken = await place.giga('run', 'main.yaml');
      expect(broken).toMatchObject({ code: 3, err: expect.stringContaining('lib/a.yaml:1:8') });
    }));

  it('are refused when they are no files', () =>
    inPlace(async (place) => {
      place.put('lib/spec.md', '# A spec\n');
      place.put(
        'main.yaml',
        'steps: [{ id: a, workflow: lib }, { id: b, workflow: lib/spec.md }, { id: c, workflow: lib/none.yaml }, { id: d, workflow: /dev/zero }]\n',
      );
      const { code, err } = await place.giga('validate', 'main.yaml');
      expect({ code, codes: [...err.matchAll(/^error\[(\w+)\]/gm)].map(([, found]) => found) }).toEqual({
        code: 3,
        codes: ['DOC_UNREADABLE', 'DOC_NOT_A_WORKFLOW', 'PLAN_FILE_MISSING', 'DOC_UNREADABLE'],
      });
    }));
});

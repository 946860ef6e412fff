import { describe, expect, it } from 'vitest';
import { edgesOf, planOf } from './compile.ts';

/** The workflow of the language reference, with the keys of this version. */
const RELEASE = `
# yaml-language-server: $schema=../schemas/workflow.schema.json
name: Release notes
description: Draft the notes of a release and open a pull request.
inputs:
  version: { type: string, required: true, pattern: '^\\d+\\.\\d+\\.\\d+$', description: The tag to release. }
  dry-run: { type: boolean, default: false }
secrets: [GITHUB_TOKEN]
env: { NODE_ENV: production }
defaults: { shell: bash, timeout: 10m, retry: { attempts: 2, delay: 2s } }
concurrency: 8
steps:
  log:   { run: git log --oneline "$(git describe --tags --abbrev=0)"..HEAD }
  tests: { run: npm test, timeout: 20m }
  notes:
    needs: tests
    run: ./notes.sh "\${{ inputs.version }}"
    stdin: \${{ steps.log.outputs.stdout }}
    outputs:
      title: { value: "\${{ self.json.title }}", type: string, pattern: '^[^\\n]+$' }
      body: \${{ self.json.body }}
  publish:
    if: \${{ !inputs.dry-run }}
    needs: notes
    run: gh release create "v\${{ inputs.version }}" --title "\${{ steps.notes.outputs.title }}" --notes "\${{ steps.notes.outputs.body }}"
    secrets: [GITHUB_TOKEN]
outputs: { title: "\${{ steps.notes.outputs.title }}" }
on-failure: [{ run: ./notify.sh }]
finally:    [{ run: rm -rf tmp }]
`;

const OTHERS: readonly (readonly [name: string, text: string])[] = [
  [
    'a list with names only',
    'steps:\n  - { name: Install, run: npm ci }\n  - { name: Test, run: npm test, continue-on-error: true }\n',
  ],
  [
    'needs with a rule',
    'steps:\n  a: { run: x }\n  b: { run: y }\n  c: { needs: { steps: [a, b], when: none-failed }, run: z }\n',
  ],
  [
    'a choice by a result',
    "steps:\n  a: { run: x, allow-failure: true }\n  c:\n    needs: { steps: a, when: all-done }\n    choose:\n      - { if: steps.a.result == 'failed', steps: [{ id: mend, run: y }] }\n      - { else: [{ id: go, run: z }] }\n",
  ],
  [
    'operators of its own',
    'inputs: { n: { type: number, default: 1 }, t: {} }\nsteps:\n  a: { set: { x: "${{ inputs.n * 2 + 1 }}", y: "${{ inputs.t ?? \'none\' }}", z: "${{ inputs.n > 3 ? [1, 2] : filter([1], x => x > 0) }}" } }\n',
  ],
  [
    'a wait that is computed',
    'inputs: { pause: { default: 10s } }\nsteps: { a: { wait: { for: "${{ inputs.pause }}" } } }\n',
  ],
  [
    'matching words',
    "steps:\n  a: { run: x }\n  b: { needs: { steps: a, when: all-done }, if: steps.a.conclusion == 'failure' || steps.a.result == 'skipped', run: y }\n",
  ],
  [
    'captures',
    'steps:\n  a: { env: { WHEN: "${{ now() }}", REV: { run: git rev-parse HEAD } }, set: { lock: "${{ hashFiles(\'package-lock.json\') }}" } }\n',
  ],
];

describe('examples', () => {
  it('the release workflow compiles', () => {
    const plan = planOf(RELEASE);
    expect(edgesOf(plan.root.bodies[0])).toEqual(['log', 'tests', 'notes <- log tests', 'publish <- notes']);
  });

  it.each(OTHERS)('%s', (_name, text) => {
    expect(planOf(text).root.bodies[0]?.nodes.length).toBeGreaterThan(0);
  });
});

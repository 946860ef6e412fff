import { describe, expect, it } from 'vitest';
import { layOut } from '../../../src/app/graph/layout.ts';
import { GRAPH_FORMATS, renderGraph } from '../../../src/app/graph/render-graph.ts';
import { planGraph } from '../../../src/core/plan/graph.ts';
import { planOf } from '../../lang/compile/compile.ts';

const PLAN = planOf(`
name: Groups
steps:
  lint: { run: npm run lint }
  tests:
    parallel: { unit: { run: a }, e2e: { run: b } }
    outputs: { u: "\${{ steps.unit.outputs.stdout }}" }
  pick:
    choose:
      - { if: steps.tests.outputs.u == 'x', steps: [{ id: one, run: 'echo \${{ steps.lint.result }}' }] }
      - { else: [{ id: one, run: y }, { id: two, run: z }] }
  last: { needs: { steps: [pick], when: all-done }, run: x }
finally: [{ id: clean, run: rm -rf tmp }]
`);

/** Names and conditions of a file that somebody else wrote. */
const HOSTILE = planOf(`
name: "\\"]; end <script>&\\u001b[31m\\u202e\\n"
steps: { a: { if: "inputs.x == '\\"]<b>&#35;--> %%'", run: x } }
inputs: { x: {} }
`);

describe('renderGraph', () => {
  it('draws a tree of text', () => {
    expect(renderGraph(PLAN, 'text')).toBe(`Groups (test.yaml)
├─ lint       run
├─ tests      parallel
│  ├─ unit    run
│  └─ e2e     run
├─ pick       choose ← lint, tests
│  ├─ if steps.tests.outputs.u == 'x'
│  │  └─ one  run
│  └─ else
│     ├─ one  run
│     └─ two  run · after one
└─ last       run ← pick
finally
└─ clean      run
`);
  });

  it('draws Mermaid', () => {
    expect(renderGraph(PLAN, 'mermaid')).toBe(`flowchart TD
  n1["lint<br/>run"]
  subgraph n2["tests<br/>parallel"]
    n3["unit<br/>run"]
    n4["e2e<br/>run"]
  end
  subgraph n5["pick<br/>choose"]
    subgraph n5b0["if steps.tests.outputs.u == #39;x#39;"]
      n6["one<br/>run"]
    end
    subgraph n5b1["else"]
      n7["one<br/>run"]
      n8["two<br/>run"]
      n7 -.-> n8
    end
  end
  n9["last<br/>run"]
  n1 --> n5
  n2 --> n5
  n5 --> n9
  subgraph part1["finally"]
    n10["clean<br/>run"]
  end
`);
  });

  it('draws DOT', () => {
    const dot = renderGraph(PLAN, 'dot');
    expect(dot).toContain('digraph "Groups" {\n  compound=true;');
    expect(dot).toContain(
      '  n1 -> n5 [lhead=cluster_1];\n  n2 -> n5 [ltail=cluster_0, lhead=cluster_1];\n  n5 -> n9 [ltail=cluster_1];\n',
    );
    expect(dot).toContain('      n7 -> n8 [style=dashed];\n');
    expect(dot.split('{').length).toBe(dot.split('}').length);
  });

  it('draws SVG in which every tag is closed', () => {
    const svg = renderGraph(PLAN, 'svg');
    expect(svg.startsWith('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ')).toBe(true);
    expect(unclosed(svg)).toEqual([]);
    for (const id of ['lint', 'tests', 'unit', 'pick', 'two', 'clean']) expect(svg).toContain(`>${id}</text>`);
  });

  it.each(GRAPH_FORMATS)('never lets a text of the file be part of the language of %s', (format) => {
    const drawing = renderGraph(HOSTILE, format);
    const controls = /[^\n\P{Cc}]|\p{Cf}/u;
    expect(drawing).not.toMatch(controls);
    if (format === 'svg') {
      expect(drawing).not.toContain('<script');
      expect(unclosed(drawing)).toEqual([]);
    }
    if (format === 'mermaid') expect(drawing.split('\n').filter((line) => line !== '')).toHaveLength(2);
    // Each quote that is not escaped opens or closes a text.
    if (format === 'dot') expect((drawing.replace(/\\./g, '').match(/"/g) ?? []).length % 2).toBe(0);
  });
});

describe('layOut', () => {
  const { boxes, lines, width, height } = layOut(planGraph(PLAN));

  it('keeps steps apart and inside the picture', () => {
    const steps = boxes.filter(({ kind }) => kind === 'step');
    expect(steps).toHaveLength(8);
    for (const [index, a] of steps.entries()) {
      expect(a.x >= 0 && a.y >= 0 && a.x + a.width <= width && a.y + a.height <= height).toBe(true);
      for (const b of steps.slice(index + 1)) {
        const isApart = a.x + a.width <= b.x || b.x + b.width <= a.x || a.y + a.height <= b.y || b.y + b.height <= a.y;
        expect(isApart, `${a.title} and ${b.title}`).toBe(true);
      }
    }
  });

  it('leads every line downwards', () => {
    expect(lines).toHaveLength(4);
    for (const { from, to } of lines) expect(to[1]).toBeGreaterThan(from[1]);
  });

  it('breaks a wide layer into rows', () => {
    const wide = layOut(
      planGraph(planOf(`steps:\n${Array.from({ length: 100 }, (_, index) => `  s${index}: { run: x }`).join('\n')}`)),
    );
    expect(wide.width).toBeLessThan(2_000);
    expect(wide.boxes).toHaveLength(100);
  });
});

/** Names of tags that are not closed in the order in which they were opened. */
function unclosed(xml: string): readonly string[] {
  const open: string[] = [];
  for (const [, slash, name = '', end] of xml.matchAll(/<(\/?)([a-zA-Z]+)[^<>]*?(\/?)>/g)) {
    if (slash === '/') {
      if (open.pop() !== name) return [name];
    } else if (end !== '/') open.push(name);
  }
  return open;
}

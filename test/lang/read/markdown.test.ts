import { describe, expect, it } from 'vitest';
import { makeLocator } from '../../../src/lang/read/locator.ts';
import { fenceScalar, readSections } from '../../../src/lang/read/markdown.ts';

function outline(text: string): readonly string[] {
  return readSections(text, 0).map(({ level, title, id, fences }) =>
    [
      `${'#'.repeat(level)} ${title}`,
      id === undefined ? '' : `{${id}}`,
      ...fences.map((fence) => `${fence.language}:${fence.text}`),
    ]
      .filter((part) => part !== '')
      .join(' '),
  );
}

describe('headings', () => {
  it.each([
    ['# One\n## two\n### three', ['# One {One}', '## two {two}', '### three {three}']],
    ['## Check links {#links}', ['## Check links {links}']],
    ['## a b', ['## a b']],
    ['## build ##', ['## build {build}']],
    ['## c#', ['## c#']],
    ['##', ['## ']],
    ['##no', []],
    ['####### seven', []],
    ['   ## in', ['## in {in}']],
    ['    ## code', []],
    ['\t## code', []],
    ['text\n## after', ['## after {after}']],
    ['setext\n===\n\n## x', ['## x {x}']],
    ['> ## quoted', []],
    ['- item\n\n  ## inside\n\n## out', ['## out {out}']],
    ['- item\n## out', ['## out {out}']],
    ['1. item\n\n   ## inside', []],
    ['<!--\n## hidden\n-->\n## shown', ['## shown {shown}']],
    ['<!-- one line -->\n## shown', ['## shown {shown}']],
    ['<div>\n## hidden\n\n## shown', ['## shown {shown}']],
    ['<pre>\n\n## hidden\n</pre>\n## shown', ['## shown {shown}']],
    ['```\n## hidden\n```\n## shown', ['## shown {shown}']],
    ['```\n## hidden to the end', []],
    ['* * *\n  ## a rule is no list', ['## a rule is no list']],
    ['## a\r\ntext\r\n', ['## a {a}']],
  ])('of %j', (text, expected) => {
    expect(outline(text)).toEqual(expected);
  });
});

describe('fences', () => {
  it.each([
    ['## a\n```bash\nx\n```\n', ['## a {a} bash:x\n']],
    ['## a\n```Bash {.numbers}\nx\n```', ['## a {a} bash:x\n']],
    ['## a\n~~~sh\nx\n```\n~~~\n', ['## a {a} sh:x\n```\n']],
    ['## a\n````md\n```sh\nx\n```\n````\n', ['## a {a} md:```sh\nx\n```\n']],
    ['## a\n```\nx\n``\n````\n', ['## a {a} :x\n``\n']],
    ['## a\n  ```sh\n  x\n    y\n z\n  ```\n', ['## a {a} sh:x\n  y\nz\n']],
    ['## a\n- ```sh\n  x\n  ```\n', ['## a {a}']],
    ['## a\n- item\n\n  ```sh\n  x\n  ```\n\n```sh\ny\n```\n', ['## a {a} sh:y\n']],
    ['## a\n> ```sh\n> x\n> ```\n```sh\ny\n```\n', ['## a {a} sh:y\n']],
    ['## a\n    ```sh\n    x\n    ```\n', ['## a {a}']],
    ['## a\n``` a`b\nx\n', ['## a {a}']],
    ['## a\n```sh\nx', ['## a {a} sh:x\n']],
    ['## a\n```sh\n```\n', ['## a {a} sh:']],
    ['## a\n```sh\r\nx\r\ny\r\n```\r\n', ['## a {a} sh:x\ny\n']],
    ['# a\n## b\n```sh\nx\n```\n## c\n', ['# a {a} sh:x\n', '## b {b} sh:x\n', '## c {c}']],
    ['## a\n- item\nlazy\n  ```sh\n  x\n  ```\n', ['## a {a}']],
    ['## a\n2. not a list behind text? it is one after a heading\n   ```sh\n   x\n   ```\n', ['## a {a}']],
    ['## a\ntext\n14. no list\n    still text\n```sh\nx\n```\n', ['## a {a} sh:x\n']],
    [`## a\n${'`'.repeat(70_000)}\nx\n`, ['## a {a} :x\n']],
  ])('of %j', (text, expected) => {
    expect(outline(text)).toEqual(expected);
  });

  it('know their places', () => {
    const text = 'intro\n## a\nprose\n```sh\necho ${{ x }}\n```\nend\n## b\n';
    const [section] = readSections(text, 0);
    const [fence] = section?.fences ?? [];
    expect(section && text.slice(...section.bodyRange)).toBe('prose\n```sh\necho ${{ x }}\n```\nend\n');
    expect(section && text.slice(...section.headingRange)).toBe('## a');
    expect(fence && text.slice(...fence.range)).toBe('```sh\necho ${{ x }}\n```');
    expect(fence && text.slice(...fence.textRange)).toBe('echo ${{ x }}\n');
  });

  it.each([
    ['## a\n```sh\nfoo\nbar\n```\n', 'bar'],
    ['## a\n  ```sh\n  foo\n  bar\n  ```\n', 'bar'],
    ['## a\n```sh\r\nfoo\r\nbar\r\n```\r\n', 'bar'],
  ])('give places inside their text: %j', (text, word) => {
    const fence = readSections(text, 0)[0]?.fences[0];
    if (fence === undefined) throw new Error('no fence');
    const from = fence.text.indexOf(word);
    const { start, end } = makeLocator(text, 'w.md').spanIn(fenceScalar(fence), from, from + word.length);
    expect(text.slice(start.offset, end.offset)).toBe(word);
  });

  it('are found in long and hostile lines without going back and forth', () => {
    const blanks = ' '.repeat(200_000);
    const text = `#${blanks}x${blanks}{#a\n## ${'# '.repeat(100_000)}\n${'`'.repeat(100_000)} \`\n${'* '.repeat(100_000)}x\n`;
    expect(readSections(text, 0).length).toBeGreaterThan(0);
  });
});

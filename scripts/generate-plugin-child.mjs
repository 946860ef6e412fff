/** Makes the texts of the programs that run a plugin in a process of its own: they are handed to Node whole, and read no file. */
import { mkdirSync, writeFileSync } from 'node:fs';
import * as esbuild from 'esbuild';

const BANNER = '/** Programs of src/plugin/isolate, each as one text. Generated: do not edit. */\n';
const NODE = { platform: 'node', target: 'node20.19', format: 'cjs' };

export async function generatePluginChild() {
  const inside = await bundle('strict/inside', {
    format: 'iife',
    globalName: 'inside',
    target: 'es2023',
    // No name of it is there for the plugin.
    banner: { js: '(() => {' },
    footer: { js: 'return inside.open; })();' },
  });
  const programs = {
    CHILD_SOURCE: await bundle('child', NODE),
    STRICT_BOOT: await bundle('strict/boot', NODE),
    STRICT_PROGRAM: await bundle('strict/program', { ...NODE, define: { INSIDE: JSON.stringify(inside) } }),
  };
  mkdirSync('src/plugin/generated', { recursive: true });
  // Encoded, since what bundles giga changes calls of `require` wherever it sees them.
  const lines = Object.entries(programs).map(
    ([name, text]) => `export const ${name}: string = atob('${Buffer.from(text).toString('base64')}');\n`,
  );
  writeFileSync('src/plugin/generated/child.ts', `${BANNER}${lines.join('')}`);
}

async function bundle(name, options) {
  const { outputFiles } = await esbuild.build({
    entryPoints: [`src/plugin/isolate/${name}.ts`],
    bundle: true,
    write: false,
    minify: true,
    // Its texts are read as Latin 1.
    charset: 'ascii',
    ...options,
  });
  return outputFiles[0].text;
}

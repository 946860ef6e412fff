/** Makes the text of the program that runs a plugin in a process of its own: it is handed to Node whole, and reads no file. */
import { mkdirSync, writeFileSync } from 'node:fs';
import * as esbuild from 'esbuild';

const BANNER = '/** The program of src/plugin/isolate/child.ts, as one text. Generated: do not edit. */\n';

export async function generatePluginChild() {
  const { outputFiles } = await esbuild.build({
    entryPoints: ['src/plugin/isolate/child.ts'],
    bundle: true,
    write: false,
    minify: true,
    platform: 'node',
    target: 'node20.19',
    format: 'cjs',
  });
  mkdirSync('src/plugin/generated', { recursive: true });
  // Encoded, since what bundles giga changes calls of `require` wherever it sees them.
  const text = Buffer.from(outputFiles[0].text).toString('base64');
  writeFileSync('src/plugin/generated/child.ts', `${BANNER}export const CHILD_SOURCE: string = atob('${text}');\n`);
}

/** Builds dist/: the command as scripts for its launcher, the library as modules with lazy chunks, and the library's types. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import * as esbuild from 'esbuild';
import { bundleCommand } from './bundle-command.mjs';
import { licencesOf } from './licences.mjs';

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
const options = {
  platform: 'node',
  target: 'node20.19',
  minifySyntax: true,
  minifyWhitespace: true,
  define: { GIGA_VERSION: JSON.stringify(version) },
  logLevel: 'warning',
  // It finds a program of its own beside itself.
  external: ['esbuild'],
};
rmSync('dist', { recursive: true, force: true });
mkdirSync('dist');

const command = await bundleCommand(options);
const digest = createHash('sha256');
for (const [name, text] of Object.entries(command.scripts)) {
  writeFileSync(`dist/${name}.js`, text);
  digest.update(text);
}
await esbuild.build({
  ...options,
  entryPoints: ['src/cli/launch.ts'],
  outfile: 'dist/giga.cjs',
  bundle: true,
  format: 'cjs',
  define: { GIGA_BUILD: JSON.stringify(digest.digest('hex').slice(0, 16)) },
});
const library = await esbuild.build({
  ...options,
  entryPoints: { index: 'src/app/index.ts', testing: 'src/testing/index.ts', 'plugin-api': 'src/plugin/api/index.ts' },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  metafile: true,
  format: 'esm',
  chunkNames: 'chunks/[name]-[hash]',
  // Bundled CommonJS packages ask for Node's own modules by `require`.
  banner: {
    js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
  },
});
const inputs = Object.assign({}, library.metafile.inputs, command.inputs);
writeFileSync('dist/THIRD-PARTY-LICENSES.txt', `${licencesOf(inputs)}\n`);
if (!process.argv.includes('--no-types')) {
  const tsc = createRequire(import.meta.url)
    .resolve('typescript/package.json')
    .replace('package.json', 'bin/tsc');
  execFileSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { stdio: 'inherit' });
}

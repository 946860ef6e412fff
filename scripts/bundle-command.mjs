/**
 * Bundles the command into a few scripts, for src/cli/launch.ts to load (docs/adr/0006): `command.js` holds what `giga run` and
 * `giga resume` need of a workflow that was seen before, `language.js` what compiles a workflow, `claude.js` the client of the Messages API,
 * `mcp.js` what asks servers of MCP, `serve.js` what is one, `plugin.js` what runs plugins, `kit.js` what those who write them use, `rest.js` everything else.
 *
 * esbuild finds out which modules are shared. A script is one expression: an object of functions (CommonJS modules) by name.
 * `giga:SCRIPT` gives the modules that others ask for by `import()`, `giga:SCRIPT/CHUNK` is shared by several scripts.
 */
import { realpathSync } from 'node:fs';
import { basename } from 'node:path';
import * as esbuild from 'esbuild';

const MAIN = 'src/cli/main.ts';
/** Which script holds a module that is asked for by `import()`: the first that matches. What several need stands in the first of them. */
const SCRIPTS = {
  command: /^src\/(cli\/commands\/(run|resume)|app\/(project|workspace|load|commands\/plan-resume))\.ts$/,
  language: /^src\/(lang\/|app\/config\/)/,
  plugin: /^src\/app\/plugins\.ts$/,
  rest: /^(?!src\/(app\/claude-step\.ts|(app|cli)\/(commands\/)?(mcp|plugin)-)|node_modules\/(@anthropic-ai|jose)\/)/,
  kit: /^src\/(app|cli)\/(commands\/)?plugin-/,
  mcp: /^(src\/(app|cli)\/(commands\/)?mcp-(?!server\/)|node_modules\/jose\/)/,
  serve: /^src\/app\/mcp-server\//,
  claude: /^/,
};
/** Packages that the run path seldom needs, in places that cannot wait for an `import()`: what stands for them until then. */
const CALLED_LATE = {
  re2js: (all) => `export const RE2JS = { compile: (...given) => ${all}.RE2JS.compile(...given) };`,
};
/** Modules of Node that take long to load and that many runs do without: they are loaded at the first use of a name in them. */
const NODE_LATE = ['crypto', 'child_process', 'fs/promises', 'stream/promises', 'timers/promises', 'net', 'util'];
const PARAMETERS = '(require, module, exports, __load, __late, __dirname, __filename)';

/** Gives the text of each script by name, and what went in. */
export async function bundleCommand(options) {
  const late = await lateModules(options);
  const { outputFiles, metafile } = await esbuild.build({
    ...options,
    outdir: 'dist',
    entryPoints: Object.fromEntries(Object.keys(SCRIPTS).map((script) => [script, script])),
    bundle: true,
    splitting: true,
    write: false,
    metafile: true,
    format: 'esm',
    define: { ...options.define, 'import.meta.dirname': '__dirname', 'import.meta.url': '__filename' },
    plugins: [linking(late)],
  });
  const homes = homesOf(metafile.outputs);
  const texts = Object.fromEntries(Object.keys(SCRIPTS).map((script) => [script, '']));
  for (const { path, text } of outputFiles) {
    const name = homes.get(basename(path));
    const script = /^giga:(\w+)/.exec(name)[1];
    texts[script] += `${JSON.stringify(name)}: function ${PARAMETERS} {\n${await asFunction(text, homes)}},\n`;
  }
  return {
    scripts: Object.fromEntries(Object.entries(texts).map(([script, text]) => [script, `({\n${text}})\n`])),
    inputs: metafile.inputs,
  };
}

/** The modules that are asked for by `import()`, and those called late: script and name by real path. */
async function lateModules(options) {
  const { metafile } = await esbuild.build({ ...options, ...DISCOVERY, entryPoints: [MAIN] });
  const imports = Object.values(metafile.inputs).flatMap((input) => input.imports);
  const paths = imports
    .filter(
      ({ kind, external, original }) =>
        !external && (kind === 'dynamic-import' || Object.hasOwn(CALLED_LATE, original)),
    )
    .map(({ path }) => path);
  return new Map(
    paths.map((path) => {
      const name = /(?:^|\/)((?:src|node_modules)\/.*)$/.exec(path)[1];
      const [script] = Object.entries(SCRIPTS).find(([, pattern]) => pattern.test(name));
      return [realpathSync(path), { script, name }];
    }),
  );
}
const DISCOVERY = { bundle: true, write: false, metafile: true, format: 'esm', splitting: true, outdir: 'dist' };

/** Entries that gather the modules of a script, and `import()`s that name the script and the module. */
function linking(late) {
  return {
    name: 'linking',
    setup(build) {
      build.onResolve({ filter: /^\w+$/ }, ({ kind, path }) =>
        kind === 'entry-point' ? { path, namespace: 'script' } : undefined,
      );
      build.onLoad({ filter: /./, namespace: 'script' }, ({ path: script }) => {
        const own = [...late].filter(([, module]) => module.script === script);
        const lines = own.map(([path], index) => `import * as m${index} from ${JSON.stringify(path)};`);
        const list = own.map(([, { name }], index) => `${JSON.stringify(name)}: m${index}`);
        const start = script === 'command' ? `import ${JSON.stringify(realpathSync(MAIN))};` : '';
        return {
          contents: `${lines.join('\n')}\nexport const modules = { ${list.join(', ')} };\n${start}`,
          resolveDir: process.cwd(),
        };
      });
      build.onResolve({ filter: /./ }, async ({ path, kind, importer, resolveDir, pluginData, namespace }) => {
        const isCalledLate = Object.hasOwn(CALLED_LATE, path) && namespace !== 'script';
        if (pluginData === 'again' || (kind !== 'dynamic-import' && !isCalledLate)) return undefined;
        const found = await build.resolve(path, { kind, importer, resolveDir, pluginData: 'again' });
        const module = late.get(found.path);
        if (isCalledLate) return { path, namespace: 'late', pluginData: module };
        return module ? { path: `giga:${module.script}#${module.name}`, external: true } : found;
      });
      build.onLoad({ filter: /./, namespace: 'late' }, ({ path, pluginData: { script, name } }) => ({
        contents: CALLED_LATE[path](`require("giga:${script}").modules[${JSON.stringify(name)}]`),
      }));
      build.onResolve({ filter: /^giga:/ }, ({ path }) => ({ path, external: true }));
    },
  };
}

/** The name of each output file: a script's own, or that of a chunk in the first script that needs it. */
function homesOf(outputs) {
  const homes = new Map();
  const place = (path, script) => {
    const file = basename(path);
    if (homes.has(file)) return;
    homes.set(file, file === `${script}.js` ? `giga:${script}` : `giga:${script}/${basename(file, '.js')}`);
    const { imports } = outputs[path];
    for (const { path: next, external } of imports) if (!external) place(next, script);
  };
  for (const script of Object.keys(SCRIPTS)) {
    const path = Object.keys(outputs).find((path) => basename(path) === `${script}.js`);
    place(path, script);
  }
  return homes;
}

/** A script that runs without Node's loader cannot `import()`; what is left of them asks for Node's own modules. */
const COMMONJS = { format: 'cjs', target: 'node20.19', supported: { 'dynamic-import': false } };

/** An output file as the body of a CommonJS module. */
async function asFunction(text, homes) {
  const loads = text.replaceAll(/\bimport\("giga:(\w+)#([^"]+)"\)/g, '__load("$1","$2")');
  const { code } = await esbuild.transform(loads, { ...COMMONJS, minifyWhitespace: true, minifySyntax: true });
  return code
    .replaceAll(/\brequire\("\.\/([\w.-]+\.js)"\)/g, (_, file) => `require(${JSON.stringify(homes.get(file))})`)
    .replaceAll(/=(?:require|\(0,\w+\.__require\))\("node:([\w/]+)"\)/g, (all, name) =>
      NODE_LATE.includes(name) ? `=__late("node:${name}")` : all,
    );
}

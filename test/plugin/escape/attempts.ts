/** Attempts of plugins to reach what they were not granted: sources, and at which levels they are known to succeed. */
import type { Level } from './place.ts';

export interface Attempt {
  readonly name: string;
  /** Body of a step; `input` says where things are. */
  readonly body: string;
  /** What is reached where nothing keeps it: else it is no attempt. Null where that hangs on the version of Node. */
  readonly unkept: string | null;
  /** Levels that do not keep it, and say so. */
  readonly open?: readonly Level[];
}

/** Modules of Node by every way there is. */
const FIND = `const find = (name) => {
  const ways = [
    () => process.getBuiltinModule(name),
    () => globalThis.require('node:' + name),
    () => process.mainModule.require(name),
    () => module.constructor._load(name),
    () => require('module')._load(name),
    () => ctx.constructor.constructor('return process')().getBuiltinModule(name),
  ];
  for (const way of ways) try { const found = way(); if (found) return found; } catch {}
  throw new Error('no way to ' + name);
};`;
const fs = `${FIND} const fs = find('fs');`;
const spoken = `.on('connect', () => done('spoke')).on('error', fail)`;

export const ATTEMPTS: readonly Attempt[] = [
  {
    name: 'reads a file',
    body: `${fs} return fs.readFileSync(input.folder + '/secret.txt', 'utf8');`,
    unkept: 'the secret',
  },
  {
    name: 'reads a file by promises',
    body: `${FIND} return await find('fs/promises').readFile(input.folder + '/secret.txt', 'utf8');`,
    unkept: 'the secret',
  },
  {
    name: 'reads through a symbolic link',
    body: `${fs} return fs.readFileSync(input.folder + '/link', 'utf8');`,
    unkept: 'the secret',
  },
  {
    name: 'reads through a path with dots',
    body: `${fs} return fs.readFileSync('/tmp/../' + input.folder + '/made/../secret.txt', 'utf8');`,
    unkept: 'the secret',
  },
  {
    name: 'reads through a path of bytes',
    body: `${fs} return fs.readFileSync(Buffer.from(input.folder + '/secret.txt'), 'utf8');`,
    unkept: 'the secret',
  },
  {
    name: 'copies a file',
    body: `${fs} fs.copyFileSync(input.folder + '/secret.txt', input.folder + '/made/copy');`,
    unkept: 'a file',
  },
  {
    name: 'makes a symbolic link',
    body: `${fs} fs.symlinkSync('/etc', input.folder + '/made/etc');`,
    unkept: 'a file',
  },
  { name: 'writes a file', body: `${fs} fs.writeFileSync(input.folder + '/made/file', 'x');`, unkept: 'a file' },
  {
    name: 'writes a report of Node',
    body: `process.report.directory = input.folder + '/made'; return process.report.writeReport();`,
    unkept: 'a file',
  },
  {
    name: 'writes a picture of the heap',
    body: `${FIND} return find('v8').writeHeapSnapshot(input.folder + '/made/heap');`,
    unkept: 'a file',
  },
  {
    name: 'opens a file by the bindings of Node',
    body: `return process.binding('fs').readFileUtf8?.(input.folder + '/secret.txt', 0) ?? String(process.binding('fs').internalModuleReadJSON(input.folder + '/secret.txt'));`,
    unkept: null,
  },
  {
    name: 'imports a module',
    body: `return (await import('node:fs')).readFileSync(input.folder + '/secret.txt', 'utf8');`,
    unkept: null,
  },
  {
    name: 'imports a module from evaluated code',
    body: `return (await (0, eval)("import('node:fs')")).readFileSync(input.folder + '/secret.txt', 'utf8');`,
    unkept: null,
  },
  {
    name: 'requires a file as a module',
    body: `${FIND} return find('module').createRequire(input.folder + '/x')(input.folder + '/secret.txt');`,
    unkept: null,
  },
  { name: 'sees the environment', body: `return JSON.stringify(process.env);`, unkept: null },
  {
    name: 'reads the environment of giga',
    body: `${fs} return fs.readFileSync('/proc/' + process.ppid + '/environ', 'latin1');`,
    unkept: null,
  },
  {
    name: 'reads the environment of another process',
    body: `${fs} return fs.readFileSync('/proc/' + input.pid + '/environ', 'latin1');`,
    unkept: 'the secret',
  },
  {
    name: 'reads the root of another process',
    body: `${fs} return fs.readFileSync('/proc/' + input.pid + '/root' + input.folder + '/secret.txt', 'utf8');`,
    unkept: 'the secret',
  },
  {
    name: 'starts a program',
    body: `${FIND} return find('child_process').execFileSync('/bin/cat', [input.folder + '/secret.txt'], { encoding: 'utf8' });`,
    unkept: 'the secret',
  },
  {
    name: 'starts a program that outlives it',
    body: `${FIND} find('child_process').spawn('/bin/sh', ['-c', 'echo x > ' + input.folder + '/made/file'], { detached: true, stdio: 'ignore' }).unref(); await new Promise((done) => setTimeout(done, 300));`,
    unkept: 'a file',
  },
  {
    name: 'starts Node without its flags',
    body: `${FIND} return find('child_process').execFileSync(process.execPath, ['-p', "require('fs').readFileSync('" + input.folder + "/secret.txt', 'utf8')"], { encoding: 'utf8' });`,
    unkept: 'the secret',
  },
  {
    name: 'forks by the bindings of Node',
    body: `const { Process } = process.binding('process_wrap'); const one = new Process(); one.spawn({ file: '/bin/sh', args: ['sh', '-c', 'echo x > ' + input.folder + '/made/file'], stdio: [] }); await new Promise((done) => setTimeout(done, 300));`,
    unkept: 'a file',
  },
  {
    name: 'works in a thread',
    body: `${FIND} const { Worker } = find('worker_threads'); const one = new Worker("require('worker_threads').parentPort.postMessage(require('fs').readFileSync(require('worker_threads').workerData, 'utf8'))", { eval: true, workerData: input.folder + '/secret.txt', execArgv: [] }); return await new Promise((done, fail) => one.on('message', done).on('error', fail));`,
    unkept: 'the secret',
  },
  {
    name: 'debugs itself',
    body: `${FIND} const { Session } = find('inspector'); const one = new Session(); one.connect(); return await new Promise((done, fail) => one.post('Runtime.evaluate', { includeCommandLineAPI: true, expression: "require('fs').readFileSync('" + input.folder + "/secret.txt', 'utf8')" }, (error, { result }) => error ? fail(error) : done(result.value)));`,
    unkept: 'the secret',
  },
  {
    name: 'loads native code',
    body: `const one = { exports: {} }; process.dlopen(one, input.folder + '/secret.txt'); return 'loaded';`,
    unkept: null,
  },
  {
    name: 'is a guest of WASI',
    body: `${FIND} const { WASI } = find('wasi'); return String(new WASI({ version: 'preview1', preopens: { '/': input.folder } }).wasiImport.path_open);`,
    unkept: null,
  },
  {
    name: 'gets itself other permissions',
    body: `try { process.permission.has = () => true; delete process.permission; } catch {} ${fs} return fs.readFileSync(input.folder + '/secret.txt', 'utf8');`,
    unkept: 'the secret',
  },
  {
    name: 'changes what strings start with',
    body: `String.prototype.startsWith = () => true; Array.prototype.includes = () => true; ${fs} return fs.readFileSync(input.folder + '/secret.txt', 'utf8');`,
    unkept: 'the secret',
  },
  {
    name: 'looks at the frames around it',
    body: `Error.prepareStackTrace = (_, sites) => sites; const sites = [].concat(new Error().stack); for (const site of sites) { const found = site.getThis?.()?.process ?? site.getFunction?.()?.constructor('return globalThis.process')(); if (found) return found.getBuiltinModule('fs').readFileSync(input.folder + '/secret.txt', 'utf8'); }`,
    unkept: null,
  },
  {
    name: 'talks to a server',
    body: `${FIND} return await new Promise((done, fail) => find('net').connect(input.port, '127.0.0.1')${spoken});`,
    unkept: 'a server',
    open: ['limited'],
  },
  {
    name: 'fetches',
    body: `return await Promise.race([fetch('http://127.0.0.1:' + input.port).then(() => 'spoke', String), new Promise((done) => setTimeout(done, 500))]);`,
    unkept: 'a server',
    open: ['limited'],
  },
  {
    name: 'talks to a socket with a path',
    body: `${FIND} return await new Promise((done, fail) => find('net').connect(input.folder + '/socket')${spoken});`,
    unkept: 'a server',
    open: ['limited'],
  },
  {
    name: 'ends another process',
    body: `process.kill(input.pid, 'SIGKILL'); await new Promise((done) => setTimeout(done, 200));`,
    unkept: 'another process',
    open: ['limited'],
  },
  {
    name: 'has WebAssembly',
    body: `return String(WebAssembly.Module) && globalThis.process.getBuiltinModule('fs').readFileSync(input.folder + '/secret.txt', 'utf8');`,
    unkept: 'the secret',
  },
];

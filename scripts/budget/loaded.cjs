/**
 * Loaded before giga (`node --require`): says at its end which scripts of the bundle and which modules of Node were loaded meanwhile, as JSON in the
 * file `$GIGA_LOADED`, or on stderr where none is named.
 */
const fs = require('node:fs');
const { basename } = require('node:path');
const vm = require('node:vm');

const scripts = [];
const Original = vm.Script;
vm.Script = class extends Original {
  constructor(source, options) {
    super(source, options);
    scripts.push(basename(options.filename));
  }
};
const before = new Set(process.moduleLoadList);
process.on('exit', () => {
  const modules = process.moduleLoadList.filter((name) => name.startsWith('NativeModule') && !before.has(name));
  const text = JSON.stringify({ scripts, modules }, null, 2);
  if (process.env.GIGA_LOADED) fs.writeFileSync(process.env.GIGA_LOADED, text);
  else console.error(text);
});

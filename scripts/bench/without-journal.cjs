/**
 * Loaded before giga (`node --require`), it takes the disk away from the journal: records are encoded but neither written nor synced.
 * Only for measuring what durability costs; giga itself has no such switch.
 */
const fs = require('node:fs');

const journals = new Set();
const { openSync, writeSync, closeSync } = fs;
fs.openSync = (path, ...more) => {
  const fd = openSync(path, ...more);
  if (/[/\\]journal[/\\]/.test(path)) journals.add(fd);
  return fd;
};
fs.writeSync = (fd, bytes, offset, ...more) =>
  journals.has(fd) ? bytes.length - (offset ?? 0) : writeSync(fd, bytes, offset, ...more);
fs.closeSync = (fd) => {
  journals.delete(fd);
  closeSync(fd);
};
for (const name of ['fsync', 'fdatasync']) fs[name] = (_fd, done) => setImmediate(() => done(null));

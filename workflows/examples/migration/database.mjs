// A small file database: accounts with balances, and the list of migrations that were applied. Each change is atomic: all of it or nothing.
// `migrate` guards itself against nothing: applied twice, it changes every balance twice.
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

const [command, file, version = ''] = process.argv.slice(2);

const read = () => JSON.parse(readFileSync(file, 'utf8'));

function write(data) {
  mkdirSync(dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}`;
  const fd = openSync(temporary, 'w');
  writeSync(fd, JSON.stringify(data));
  fsyncSync(fd);
  closeSync(fd);
  renameSync(temporary, file);
}

switch (command) {
  case 'create':
    if (!existsSync(file)) write({ accounts: { ann: 12, bob: 30 }, migrations: [] });
    break;
  case 'migrate': {
    const { accounts, migrations } = read();
    const inCents = Object.entries(accounts).map(([name, balance]) => [name, balance * 100]);
    await new Promise((done) => setTimeout(done, Number(process.env.SLOWLY ?? 0)));
    write({ accounts: Object.fromEntries(inCents), migrations: [...migrations, version] });
    await new Promise((done) => setTimeout(done, Number(process.env.SLOWLY ?? 0)));
    break;
  }
  case 'migrated':
    process.exit(read().migrations.includes(version) ? 0 : 1);
    break;
  case 'sum':
    console.log(Object.values(read().accounts).reduce((sum, balance) => sum + balance, 0));
    break;
  default:
    console.error(`unknown command: ${command}`);
    process.exit(64);
}

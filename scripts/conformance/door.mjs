/** `giga mcp serve --http` behind a door that names its token, since the suite cannot send headers. What else is in a request stays as it is. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import { createInterface } from 'node:readline';

/** `program`: the path of giga.cjs. Gives an address, and what ends it all. */
export async function openDoor(program, cwd) {
  const giga = spawn(process.execPath, [program, 'mcp', 'serve', '--http', '0'], {
    cwd,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  process.on('exit', () => giga.kill('SIGTERM')); // also where what comes after this fails
  const [line] = await once(createInterface(giga.stdout), 'line');
  const { url, headers } = JSON.parse(line).mcpServers.giga;
  const inner = new URL(url);
  const door = createServer((asked, answer) => {
    const own = new RegExp(`(localhost|127\\.0\\.0\\.1):${door.address().port}`);
    const given = { ...asked.headers, authorization: headers.Authorization };
    for (const name of ['host', 'origin']) if (given[name]) given[name] = given[name].replace(own, inner.host);
    const onward = request(
      { host: inner.hostname, port: inner.port, path: asked.url, method: asked.method, headers: given },
      (said) => {
        answer.writeHead(said.statusCode, said.headers);
        answer.flushHeaders();
        said.pipe(answer);
      },
    );
    onward.on('error', () => answer.destroy());
    answer.on('close', () => onward.destroy());
    asked.pipe(onward);
  }).listen(0, '127.0.0.1');
  await once(door, 'listening');
  return {
    url: `http://localhost:${door.address().port}${inner.pathname}`,
    async close() {
      door.close();
      door.closeAllConnections();
      giga.kill('SIGTERM');
      if (giga.exitCode === null) await once(giga, 'exit');
    },
  };
}

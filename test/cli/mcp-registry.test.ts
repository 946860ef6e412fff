/** `giga mcp search` and `giga mcp add`: registries on disk and over HTTP, and what is written of them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventsOf } from '../e2e/place.ts';
import { openWorkplace, type Workplace } from './giga.ts';

const weather = (version: string, more: object = {}): object => ({
  name: 'io.example/weather',
  description: 'The weather.',
  version,
  packages: [
    {
      registryType: 'npm',
      identifier: 'weather',
      version,
      environmentVariables: [{ name: 'KEY', isRequired: true }],
      ...more,
    },
  ],
});
const SERVERS = [
  weather('1.0.2'),
  {
    name: 'io.example/maps',
    description: 'Maps.',
    version: '2',
    remotes: [{ type: 'streamable-http', url: 'https://maps.example/mcp' }],
  },
  {
    name: 'org.other/maps',
    description: 'Other maps.',
    version: '3',
    remotes: [{ type: 'sse', url: 'https://maps.example/sse' }],
  },
];
let place: Workplace;
beforeEach(() => {
  place = openWorkplace();
  place.put('servers.json', JSON.stringify({ servers: SERVERS }));
  place.put('giga.yaml', 'mcp-registry: servers.json\n');
});
afterEach(() => place.remove());
const fileOf = (name: string): Record<string, Record<string, unknown>> =>
  JSON.parse(readFileSync(join(place.folder, name), 'utf8'));

describe('giga mcp search', () => {
  test('finds what a registry has, with how it would be started', async () => {
    const all = await place.giga('mcp', 'search');
    expect(all.out.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['io.example/weather', '1.0.2', 'npx -y weather@1.0.2', 'The weather.'],
      ['io.example/maps', '2', 'https://maps.example/mcp', 'Maps.'],
      ['org.other/maps', '3', 'cannot be used: giga does not speak `sse`', 'Other maps.'],
      [''],
    ]);
    expect((await place.giga('mcp', 'search', 'WEATHER', 'the')).out).toContain('npx -y weather@1.0.2');
    expect(await place.giga('mcp', 'search', 'nothing')).toMatchObject({
      code: 0,
      out: '',
      err: expect.stringContaining('no such server'),
    });
    const events = eventsOf(await place.giga('mcp', 'search', 'maps', '--json'));
    expect(events).toMatchObject([
      { type: 'mcp.found', server: { url: 'https://maps.example/mcp' } },
      { fault: expect.stringContaining('sse') },
    ]);
  });

  test('asks an address, and says what is looked for', async () => {
    const asked: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url);
      if (request.url === '/far') return void response.writeHead(302, { location: 'http://169.254.169.254/' }).end();
      if (request.url === '/huge') return void response.end(Buffer.alloc(9_000_000));
      return void response.end(JSON.stringify({ servers: SERVERS.map((one) => ({ server: one, _meta: {} })) }));
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // it listens at a port
    const found = await place.giga(
      'mcp',
      'search',
      'the',
      'weather',
      '--registry',
      `${url}/v0/servers?search={search}`,
    );
    expect([found.out, asked]).toEqual([
      expect.stringContaining('io.example/weather'),
      ['/v0/servers?search=the%20weather'],
    ]);
    for (const [path, why] of [
      ['/far', 'not on the public internet'],
      ['/huge', 'larger than'],
    ] as const)
      expect(await place.giga('mcp', 'search', '--registry', `${url}${path}`)).toMatchObject({
        err: expect.stringContaining(why),
      });
    server.close();
    server.closeAllConnections();
  });

  test('says why a registry does not help', async () => {
    writeFileSync(join(place.folder, 'servers.json'), '[');
    expect((await place.giga('mcp', 'search')).err).toContain('CLI_MCP_REGISTRY');
    expect((await place.giga('mcp', 'search', '--registry', 'none.json')).err).toContain('ENOENT');
    place.put('giga.yaml', '');
    expect((await place.giga('mcp', 'search')).err).toContain('There is no registry');
  });
});

describe('giga mcp add', () => {
  test('shows what would be started, and adds nothing that nobody accepted', async () => {
    const add = await place.giga('mcp', 'add', 'weather');
    expect([add.code === 0, add.err]).toEqual([false, expect.stringContaining('CLI_MCP_ADD')]);
    expect(add.err).toContain('starts    npx -y weather@1.0.2');
    expect(add.err).toContain('needs     KEY');
    expect(() => fileOf('.mcp.json')).toThrow('ENOENT');
    expect(() => fileOf('giga.lock')).toThrow('ENOENT');
  });

  test('adds it with what was accepted, keeps what is there, and is the same a second time', async () => {
    place.put('.mcp.json', '{"other":1,"mcpServers":{"mine":{"command":"x"}}}');
    expect(await place.giga('mcp', 'add', 'io.example/weather', '--as', 'sky', '--yes')).toMatchObject({
      code: 0,
      out: 'sky  added to .mcp.json\n',
    });
    expect(fileOf('.mcp.json')).toEqual({
      other: 1,
      mcpServers: {
        mine: { command: 'x' },
        sky: { command: 'npx', args: ['-y', 'weather@1.0.2'], env: { KEY: '${KEY}' } },
      },
    });
    expect(fileOf('giga.lock')['registry']).toEqual({
      sky: { name: 'io.example/weather', version: '1.0.2', digest: expect.any(String) },
    });
    expect((await place.giga('mcp', 'list')).out).toContain('sky');
    const again = await place.giga('mcp', 'add', 'io.example/weather', '--as', 'sky', '--json');
    expect([again.code, eventsOf(again)]).toEqual([
      0,
      [expect.objectContaining({ type: 'mcp.added', server: 'sky', isNew: false })],
    ]);
  });

  test('asks again where the registry says something else', async () => {
    await place.giga('mcp', 'add', 'weather', '--yes');
    place.put(
      'servers.json',
      JSON.stringify({ servers: [weather('1.0.2', { packageArguments: [{ value: '--evil' }] })] }),
    );
    const again = await place.giga('mcp', 'add', 'weather');
    expect(again.err).toContain('of which the registry says something else now');
    expect(again.err).toContain('npx -y weather@1.0.2 --evil');
    expect(JSON.stringify(fileOf('.mcp.json'))).not.toContain('evil');
    expect((await place.giga('mcp', 'add', 'weather', '--yes')).code).toBe(0);
    expect(JSON.stringify(fileOf('.mcp.json'))).toContain('evil');
  });

  test.each([
    [['wether'], 'no server `wether`'],
    [['maps'], 'several servers'],
    [['org.other/maps'], 'does not speak'],
    [['weather', '--as', 'a b'], 'cannot be the name'],
    [['weather', '--as', 'mine', '--yes'], 'already'],
  ])('refuses %j', async (args, why) => {
    place.put('.mcp.json', '{"mcpServers":{"mine":{"command":"x"}}}');
    const add = await place.giga('mcp', 'add', ...args);
    expect([add.code === 0, add.err]).toEqual([false, expect.stringContaining(why)]);
  });

  test('leaves a file alone that it cannot read', async () => {
    place.put('.mcp.json', '{ // mine\n}');
    expect((await place.giga('mcp', 'add', 'weather', '--yes')).err).toContain('nothing can be added');
    expect(readFileSync(join(place.folder, '.mcp.json'), 'utf8')).toBe('{ // mine\n}');
  });
});

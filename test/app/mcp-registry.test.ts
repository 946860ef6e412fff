import { describe, expect, test } from 'vitest';
import { type RegistryEntry, readRegistry } from '../../src/app/mcp-registry.ts';
import type { Json, JsonObject } from '../../src/core/json.ts';

const read = (json: Json): readonly RegistryEntry[] => {
  const entries = readRegistry(JSON.stringify(json));
  if (typeof entries === 'string') throw new Error(entries);
  return entries;
};
const entry = (more: JsonObject): JsonObject => ({
  name: 'io.example/weather',
  description: 'The weather.',
  version: '1.0.2',
  ...more,
});
const npm = (more: JsonObject = {}): JsonObject =>
  entry({
    packages: [
      { registryType: 'npm', identifier: '@example/weather', version: '1.0.2', transport: { type: 'stdio' }, ...more },
    ],
  });
const serverOf = (json: JsonObject) => read(json)[0]?.server;

describe('a registry', () => {
  test('is a list of servers, a list of what the official one says of them, or one server.json', () => {
    for (const document of [
      npm(),
      { servers: [npm()] },
      { servers: [{ server: npm(), _meta: { x: 1 } }, 'none', { name: 1 }] },
    ])
      expect(read(document)).toEqual([
        {
          name: 'io.example/weather',
          description: 'The weather.',
          version: '1.0.2',
          digest: expect.stringMatching(/^[0-9a-f]{64}$/),
          server: { command: 'npx', args: ['-y', '@example/weather@1.0.2'] },
          needs: [],
        },
      ]);
  });
  test.each([
    ['{', 'it is not JSON'],
    ['[]', 'it is no map'],
    ['{}', 'it has no list'],
    ['['.repeat(500), 'nests more than'],
  ])('is not %s', (text, why) => expect(readRegistry(text)).toContain(why));
  test('has another digest where anything is said otherwise', () => {
    const digests = [npm(), npm({ fileSha256: 'x' }), entry({ description: 'Weather!' })].map(
      (one) => read(one)[0]?.digest,
    );
    expect(new Set(digests).size).toBe(3);
  });
});

describe('an entry becomes a server', () => {
  test.each<[string, JsonObject, JsonObject]>([
    [
      'of PyPI',
      { registryType: 'pypi', identifier: 'weather', version: '2.0' },
      { command: 'uvx', args: ['weather@2.0'] },
    ],
    [
      'of a container',
      {
        registryType: 'oci',
        identifier: 'ghcr.io/example/weather',
        version: '1.0.2',
        environmentVariables: [{ name: 'KEY', isRequired: true }],
      },
      {
        command: 'docker',
        args: ['run', '-i', '--rm', '-e', 'KEY', 'ghcr.io/example/weather:1.0.2'],
        env: { KEY: '${KEY}' },
      },
    ],
    [
      'of a container by digest',
      { registryType: 'oci', identifier: `example/weather@sha256:${'a'.repeat(64)}`, version: '1' },
      { command: 'docker', args: ['run', '-i', '--rm', `example/weather@sha256:${'a'.repeat(64)}`] },
    ],
    [
      'in older words',
      { registry_type: 'npm', identifier: 'w', version: '1' },
      { command: 'npx', args: ['-y', 'w@1'] },
    ],
    [
      'with arguments',
      {
        registryType: 'npm',
        identifier: 'w',
        version: '1',
        runtimeArguments: [{ type: 'positional', value: '-y' }],
        packageArguments: [
          { type: 'positional', valueHint: 'folder', isRequired: true },
          { type: 'positional', default: 'here' },
          { type: 'positional', valueHint: 'left-out' },
          { type: 'named', name: '--units', value: '{units}' },
          { type: 'named', name: '--all', isRequired: true, value: 'yes' },
          { type: 'named', name: '--verbose', format: 'boolean' },
          { type: 'named', name: '--unset' },
        ],
      },
      { command: 'npx', args: ['-y', 'w@1', '${FOLDER}', 'here', '--units', '${UNITS}', '--all', 'yes', '--verbose'] },
    ],
  ])('%s', (_, said, server) => expect(serverOf(entry({ packages: [said] }))).toEqual(server));

  test('with what it needs of the environment', () => {
    const environmentVariables = [
      { name: 'KEY', isRequired: true, isSecret: true },
      { name: 'UNITS', default: 'metric' },
      { name: 'UNUSED' },
    ];
    expect(read(npm({ environmentVariables }))).toMatchObject([
      { server: { env: { KEY: '${KEY}', UNITS: 'metric' } }, needs: ['KEY'] },
    ]);
  });

  test('at an address', () => {
    const remote = { type: 'streamable-http', url: 'https://{tenant}.example.com/mcp', headers: [] };
    const own = {
      ...remote,
      url: 'https://example.com/{tenant}',
      headers: [{ name: 'X-Key', isRequired: true }, { name: 'A', value: 'Bearer {token}' }, { name: 'B' }],
    };
    expect(read(entry({ remotes: [own] }))).toMatchObject([
      {
        server: { url: 'https://example.com/${TENANT}', headers: { 'X-Key': '${X_KEY}', A: 'Bearer ${TOKEN}' } },
        needs: ['TENANT', 'X_KEY', 'TOKEN'],
      },
    ]);
    expect(serverOf(entry({ remotes: [remote] }))).toContain('no https: address'); // whose host somebody else says
    expect(serverOf(entry({ packages: [{ registryType: 'mcpb' }], remotes: [{ ...own, headers: [] }] }))).toMatchObject(
      { url: expect.any(String) },
    );
  });

  test.each<[string, JsonObject, string]>([
    ['of another kind', { registryType: 'mcpb', identifier: 'x', version: '1' }, '`mcpb`'],
    [
      'that speaks elsewhere',
      { registryType: 'npm', identifier: 'x', version: '1', transport: { type: 'sse' } },
      'standard streams',
    ],
    [
      'from elsewhere',
      { registryType: 'npm', identifier: 'x', version: '1', registryBaseUrl: 'https://evil.example' },
      'evil.example',
    ],
    ['without a version', { registryType: 'npm', identifier: 'x' }, 'names no version'],
    ['of whatever version', { registryType: 'npm', identifier: 'x', version: 'latest' }, 'names no version'],
    ['of a range of versions', { registryType: 'npm', identifier: 'x', version: '^1' }, 'names no version'],
    ['that is a flag', { registryType: 'npm', identifier: '--call=evil', version: '1' }, 'no name of a package'],
    ['that is a path', { registryType: 'npm', identifier: '../evil', version: '1' }, 'no name of a package'],
    [
      'that takes a variable',
      { registryType: 'npm', identifier: 'x', version: '1', packageArguments: [{ value: '${AWS_SECRET_ACCESS_KEY}' }] },
      '`${`',
    ],
    [
      'that takes one by default',
      { registryType: 'npm', identifier: 'x', version: '1', environmentVariables: [{ name: 'A', default: '${HOME}' }] },
      '`${`',
    ],
    [
      'that writes to the terminal',
      { registryType: 'npm', identifier: 'x', version: '1', packageArguments: [{ value: '\u001b[2K' }] },
      'control character',
    ],
    [
      'with a variable that is none',
      { registryType: 'npm', identifier: 'x', version: '1', environmentVariables: [{ name: 'A=B' }] },
      'no name of a variable',
    ],
  ])('never one %s', (_, said, why) => expect(serverOf(entry({ packages: [said] }))).toContain(why));

  test.each<[JsonObject, string]>([
    [{ remotes: [{ type: 'sse', url: 'https://x.example' }] }, 'does not speak `sse`'],
    [{ remotes: [{ type: 'http', url: 'http://x.example' }] }, 'no https: address'],
    [{ remotes: [{ type: 'http', url: 'https://me:pw@x.example' }] }, 'no https: address'],
    [
      { remotes: [{ type: 'http', url: 'https://x.example', headers: [{ name: 'a b', value: 'c' }] }] },
      'no name of a header',
    ],
    [{}, 'neither'],
  ])('never %j', (said, why) => expect(serverOf(entry(said))).toContain(why));
});

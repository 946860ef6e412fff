import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addressBytes, isPublicAddress } from '../../../src/core/net/address.ts';
import { allowsHost, covers, isHostPattern } from '../../../src/core/net/hosts.ts';

describe('addresses of the public internet', () => {
  test.each([
    '1.1.1.1',
    '8.8.8.8',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '126.255.255.255',
    '128.0.0.0',
    '169.253.255.255',
    '169.255.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '192.167.255.255',
    '192.169.0.0',
    '198.17.255.255',
    '198.20.0.0',
    '223.255.255.255',
    '2606:4700:4700::1111',
    '2a00::1',
    '::ffff:8.8.8.8',
    '::ffff:808:808',
    '64:ff9b::8.8.8.8',
    '2002:808:808::1',
    '[2606:4700::1]',
  ])('%s', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  }); // prettier-ignore
});

describe('other addresses', () => {
  test.each([
    '0.0.0.0',
    '0.1.2.3',
    '10.0.0.1',
    '10.255.255.255',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.1',
    '192.0.2.1',
    '192.168.0.1',
    '198.18.0.1',
    '198.19.255.255',
    '198.51.100.1',
    '203.0.113.9',
    '224.0.0.1',
    '239.255.255.255',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '[::1]',
    '0:0:0:0:0:0:0:1',
    '::127.0.0.1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::FFFF:10.0.0.1',
    '::ffff:0:127.0.0.1',
    '64:ff9b::127.0.0.1',
    '64:ff9b::a00:1',
    '64:ff9b:1::1',
    '2002:7f00:1::',
    '2002:c0a8:1::1',
    '2001::1',
    '2001:db8::1',
    'fc00::1',
    'fd12:3456::1',
    'fe80::1',
    'fe80::1%eth0',
    'febf::1',
    'fec0::1',
    'ff02::1',
    '100::1',
    '',
    'example.com',
    '1.2.3',
    '1.2.3.4.5',
    '256.1.1.1',
    '1.2.3.-4',
    '0x7f.0.0.1',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8:9',
    'g::1',
    '12345::',
    '::1.2.3',
    '::ffff:300.1.1.1',
  ])('%s', (address) => {
    expect(isPublicAddress(address)).toBe(false);
  }); // prettier-ignore
  test('are so in every form that packs them', () => {
    fc.assert(
      fc.property(fc.ipV4(), (address) => {
        const known = isPublicAddress(address);
        for (const form of ['::ffff:', '::', '64:ff9b::', '::ffff:0:'])
          expect([form, isPublicAddress(form + address)]).toEqual([form, known]);
      }),
    );
  });
  test('are read as any address is', () => {
    fc.assert(
      fc.property(fc.ipV6(), (address) => {
        expect(addressBytes(address)).toHaveLength(16);
      }),
    );
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect([null, 4, 16]).toContain(addressBytes(text)?.length ?? null);
      }),
    );
  });
});

describe('bytes', () => {
  test.each<[string, readonly number[] | null]>([
    ['::1.2.3.4', [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4]],
    ['102:304:506:708:90a:b0c:d0e:f10', [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]],
    ['[::1]', [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]],
    ['fe80::1%eth0', [254, 128, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]],
    ['::[1', null],
    [':]:1', null],
    ['1.2.3.4', [1, 2, 3, 4]],
    ['1.2.3.4%x', [1, 2, 3, 4]],
  ])('of %s', (text, bytes) => {
    expect(addressBytes(text)).toEqual(bytes);
  });
});

test.each(['012.0.0.1', '1.2.3.00', '7.00.0.1', '::ffff:012.0.0.1'])(
  '%s is no address: it is another one to some',
  (text) => {
    expect([addressBytes(text), isPublicAddress(text)]).toEqual([null, false]);
  },
);

describe('hosts', () => {
  test.each([
    ['api.example.com', true],
    ['*.example.com', true],
    ['*', true],
    ['127.0.0.1', true],
    ['::1', true],
    ['[::1]', true],
    ['my_host', true],
    ['https://example.com', false],
    ['example.com:80', false],
    ['example.com/path', false],
    ['a.*.com', false],
    ['*example.com', false],
    ['', false],
    ['a b', false],
    ['-a', false],
    [`${'a.'.repeat(200)}com`, false],
  ])('%s can be named: %s', (text, can) => {
    expect(isHostPattern(text)).toBe(can);
  });
  test.each([
    ['a.com', 'A.COM.', true],
    ['a.com', 'b.a.com', false],
    ['*.a.com', 'b.a.com', true],
    ['*.a.com', 'c.b.a.com', true],
    ['*.a.com', '*.b.a.com', true],
    ['*.a.com', 'a.com', false],
    ['*.a.com', 'ba.com', false],
    ['*', 'x', true],
    ['*.a.com', '*', false],
    ['*.a.com', '.a.com', false],
    ['x[a]', 'xa', false],
    ['[a]x', 'ax', false],
    ['[::1]', '::1', true],
  ])('%s covers %s: %s', (outer, inner, does) => {
    expect(covers(outer, inner)).toBe(does);
  });
  test('are all allowed without a list, and none with an empty one', () => {
    expect([allowsHost(null, 'a.com'), allowsHost([], 'a.com')]).toEqual([true, false]);
    expect([allowsHost(['b.com', 'a.com'], 'a.com'), allowsHost(['b.com'], 'a.com')]).toEqual([true, false]);
  });
  test('have names of at most 253 characters', () => {
    const name = (length: number): string =>
      'a.'
        .repeat(200)
        .slice(0, length - 1)
        .concat('a');
    expect([isHostPattern(name(253)), isHostPattern(name(254))]).toEqual([true, false]);
  });
});

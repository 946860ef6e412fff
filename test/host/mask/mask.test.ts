import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formsOf } from '../../../src/host/mask/encodings.ts';
import { createMask, NO_MASK, shortSecrets } from '../../../src/host/mask/mask.ts';

const SECRET = 'p4$$ w"o/r\'d+é&<ü>';

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}

/** Sends the bytes in pieces that end at `cuts`. */
function throughStream(mask: ReturnType<typeof createMask>, bytes: Uint8Array, cuts: readonly number[]): Buffer {
  const stream = mask.stream();
  const ends = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].toSorted((a, b) => a - b);
  const parts: Uint8Array[] = [];
  let from = 0;
  for (const end of [...ends, bytes.length]) {
    parts.push(Buffer.from(stream.push(bytes.subarray(from, end))));
    from = end;
  }
  parts.push(stream.end());
  return Buffer.concat(parts);
}

/** Every byte that any occurrence of any pattern covers, found one by one. */
function coveredNaively(patterns: readonly Uint8Array[], bytes: Buffer): string {
  const spans: [number, number][] = [];
  for (const pattern of patterns) {
    for (let at = bytes.indexOf(pattern); at >= 0; at = bytes.indexOf(pattern, at + 1))
      spans.push([at, at + pattern.length]);
  }
  spans.sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const merged: [number, number][] = [];
  for (const [from, to] of spans) {
    const last = merged.at(-1);
    if (last !== undefined && from < last[1]) last[1] = Math.max(last[1], to);
    else merged.push([from, to]);
  }
  let text = '';
  let at = 0;
  for (const [from, to] of merged) {
    text += `${bytes.toString('latin1', at, from)}***`;
    at = to;
  }
  return text + bytes.toString('latin1', at);
}

describe('forms of a secret that are hidden', () => {
  const mask = createMask([SECRET]);
  /** The form, and what is shown of it: around base64 stand characters that the secret's neighbours decide too. */
  const forms: readonly (readonly [string, string, string])[] = [
    ['plain', SECRET, '***'],
    ['base64', base64(SECRET), '***'],
    ['base64 without padding', base64(SECRET).replaceAll('=', ''), '***'],
    ['base64 url', Buffer.from(SECRET).toString('base64url'), '***'],
    ['base64 after a user name', base64(`me:${SECRET}`), 'bWU6***'],
    ['base64 after one byte', base64(`x${SECRET}`), 'eH***'],
    ['base64 after two bytes', base64(`xy${SECRET}`), 'eHl***g=='],
    ['base64 before others', base64(`${SECRET}\n`), '***K'],
    ['base64 in the middle', base64(`{"a":"${SECRET}"}`), 'eyJhIjoi***ifQ=='],
    ['url', encodeURIComponent(SECRET), '***'],
    ['url, small hex', encodeURIComponent(SECRET).replaceAll(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase()), '***'],
    ['url form', new URLSearchParams({ a: SECRET }).toString(), 'a=***'],
    ['json', JSON.stringify(SECRET), '"***"'],
    ['json in json', JSON.stringify(JSON.stringify({ a: SECRET })), '"{\\"a\\":\\"***\\"}"'],
    ['json in ASCII', JSON.stringify(SECRET).replace('é', '\\u00e9').replace('ü', '\\u00fc'), '"***"'],
    [
      'json in json in ASCII',
      JSON.stringify(JSON.stringify(SECRET).replace('é', '\\u00e9').replace('ü', '\\u00fc')),
      '"\\"***\\""',
    ],
    ['json with \\/', JSON.stringify(SECRET).replaceAll('/', '\\/'), '"***"'],
    ['hex', Buffer.from(SECRET).toString('hex'), '***'],
    ['large hex', Buffer.from(SECRET).toString('hex').toUpperCase(), '***'],
    ['in single quotes', `'${SECRET.replaceAll("'", "'\\''")}'`, "'***'"],
    [
      'html',
      SECRET.replaceAll('&', '&amp;')
        .replaceAll('<', '&lt;')
        .replaceAll('>', '&gt;')
        .replaceAll('"', '&quot;')
        .replaceAll("'", '&#39;'),
      '***',
    ],
  ];
  test.each(forms)('%s', (_, form, shown) => expect(mask.text(`before ${form} after`)).toBe(`before ${shown} after`));

  test('a secret of several lines, line by line and in wrapped base64', () => {
    const key = `-----BEGIN KEY-----\n${'Abcdefgh01234567'.repeat(4)}\n${'Zyxwvuts76543210'.repeat(4)}\n-----END KEY-----\n`;
    const lines = createMask([key]);
    expect(lines.text(`line: ${'Zyxwvuts76543210'.repeat(4)}`)).toBe('line: ***');
    expect(lines.text(key.replaceAll('\n', '\r\n'))).not.toContain('Abcdefgh');
    expect(lines.text(JSON.stringify(key))).toBe('"***"');
    const wrapped = base64(key).replaceAll(/.{76}/g, '$&\n');
    expect(lines.text(wrapped).replaceAll(/[*\n]/g, '')).toBe('');
  });

  test('the longest form wins, and overlapping ones become one', () => {
    const several = createMask(['token', 'token-long', 'long-tail']);
    expect(several.text('token-long')).toBe('***');
    expect(several.text('a token-long-tail b')).toBe('a *** b');
    expect(several.text('tokentoken')).toBe('******');
  });

  test('a short secret is hidden as it is, and warned of', () => {
    expect(createMask(['ab']).text('ab c')).toBe('*** c');
    expect(
      shortSecrets(
        new Map([
          ['A', 'abc'],
          ['B', 'abcd'],
          ['C', ''],
        ]),
      ).map((d) => [d.code, d.severity, d.message.includes('`A`')]),
    ).toEqual([['STEP_SHORT_SECRET', 'warning', true]]);
  });

  test('no secret, or only empty ones: nothing is hidden', () => {
    expect(createMask([])).toBe(NO_MASK);
    expect(createMask(['']).active).toBe(false);
  });
});

describe('values', () => {
  const mask = createMask(['hunter22', '123456']);
  test('texts, keys and numbers, at any depth', () => {
    const value = { a: ['x hunter22', 1, null, { hunter22: 123456 }], b: true };
    expect(JSON.parse(JSON.stringify(mask.json(value)))).toEqual({ a: ['x ***', 1, null, { '***': '***' }], b: true });
  });
  test('a value without secrets is the same value', () => {
    const value = { a: [1, 'x'], ['__proto__']: 'y', lone: '\ud800' };
    expect(mask.json(value)).toBe(value);
  });
  test('a key that is named like a prototype stays data', () => {
    const masked = mask.json(JSON.parse('{"__proto__":{"x":"hunter22"}}'));
    expect(JSON.stringify(masked)).toBe('{"__proto__":{"x":"***"}}');
  });
});

describe('streams', () => {
  /** Few letters, so that secrets overlap with themselves and with each other. */
  const secret = fc.string({ unit: fc.constantFrom('a', 'b', 'é'), minLength: 1, maxLength: 7 });
  const cuts = fc.array(fc.nat(200), { maxLength: 12 });

  test('hide what a naive search finds, however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(secret, { minLength: 1, maxLength: 4 }),
        fc.string({ unit: fc.constantFrom('a', 'b', 'é', 'c'), maxLength: 60 }),
        cuts,
        (secrets, text, where) => {
          const bytes = Buffer.from(text);
          const patterns = secrets.flatMap(formsOf);
          expect(throughStream(createMask(secrets), bytes, where).toString('latin1')).toBe(
            coveredNaively(patterns, bytes),
          );
        },
      ),
      { numRuns: 500 },
    );
  });

  test('never leak any form of any secret, however the stream is cut', () => {
    const secrets = fc.array(fc.string({ unit: 'binary', minLength: 4, maxLength: 30 }), {
      minLength: 1,
      maxLength: 3,
    });
    const pieces = fc.array(fc.tuple(fc.nat(), fc.nat(), fc.string({ maxLength: 10 })), { maxLength: 8 });
    fc.assert(
      fc.property(secrets, pieces, cuts, (values, parts, where) => {
        const mask = createMask(values);
        const formsByValue = values.map(formsOf);
        const forms = formsByValue.flat();
        const bytes = Buffer.concat(
          parts.flatMap(([which, form, filler]) => {
            const own = formsByValue[which % values.length] ?? [];
            return [Buffer.from(filler), own[form % own.length] ?? Buffer.alloc(0)];
          }),
        );
        const shown = throughStream(mask, bytes, where);
        for (const form of forms) {
          if (!Buffer.from(form).includes('*')) expect(shown.includes(Buffer.from(form))).toBe(false); // stars for one may look like a part of another
        }
      }),
      { numRuns: 100 },
    );
  });

  test('give out at once what cannot be part of a secret', () => {
    const stream = createMask(['hunter22']).stream();
    expect(Buffer.from(stream.push(Buffer.from('progress hun'))).toString()).toBe('progress ');
    expect(Buffer.from(stream.push(Buffer.from('gry'))).toString()).toBe('hungry');
  });

  test('hold little back even where one secret follows the other for ever', () => {
    const stream = createMask(['aaaa']).stream();
    const chunk = Buffer.alloc(1 << 20, 'a');
    const shown = Array.from({ length: 4 }, () => stream.push(chunk).length).reduce((sum, length) => sum + length, 0);
    expect(shown + stream.end().length).toBe(3);
  });
});

/** Every form in which a secret may show up in a stream of bytes. Pure; knows no streams. */

/** Shorter forms occur by chance everywhere; only the secret itself is hidden at any length. */
const MIN_FORM_BYTES = 4;
/** Columns at which `base64`, `openssl base64` and PEM files break their lines. */
const WRAP_COLUMNS = [76, 64] as const;

/** The patterns to hide for one secret, without doubles, as bytes. */
export function formsOf(secret: string): readonly Uint8Array[] {
  if (secret === '') return [];
  const forms = new Map<string, Uint8Array>();
  const add = (form: string | Buffer, least = MIN_FORM_BYTES): void => {
    const bytes = typeof form === 'string' ? Buffer.from(form) : form;
    if (bytes.length >= least) forms.set(bytes.toString('latin1'), bytes);
  };
  add(secret, 1);
  const trimmed = secret.trim();
  const lines = secret.split(/\r\n|[\r\n]/).map((line) => line.trim());
  for (const text of new Set([secret, trimmed, ...(lines.length > 1 ? lines : [])])) {
    if (Buffer.byteLength(text) < MIN_FORM_BYTES) continue;
    for (const form of textForms(text)) add(form);
    for (const form of byteForms(Buffer.from(text))) add(form);
  }
  return [...forms.values()];
}

/** Forms that rewrite characters: quoting and escaping. */
function textForms(text: string): readonly string[] {
  return [
    text,
    ...jsonForms(text),
    ...jsonForms(text).flatMap(jsonForms), // JSON within JSON
    ...urlForms(text),
    text.replaceAll('\r\n', '\n'),
    text.replaceAll(/\r\n|[\r\n]/g, ' '),
    text.replaceAll("'", "'\\''"),
    text.replaceAll(/[^A-Za-z0-9_@%+=:,./\-\u0080-\uffff]/g, (c) => (c === '\n' ? "$'\\n'" : `\\${c}`)),
    text.replaceAll(/["\\$`]/g, '\\$&'),
    text.replaceAll(/['\\]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t'),
    ...xmlForms(text),
  ];
}

function jsonEscaped(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** As JavaScript writes JSON, as PHP does (`\/`), and as Python does (`\u00e9`), with small and large hex digits. */
function jsonForms(text: string): readonly string[] {
  const json = jsonEscaped(text);
  const ascii = (upper: boolean): string =>
    json.replaceAll(/[\u007f-\uffff]/g, (c) => {
      const hex = c.charCodeAt(0).toString(16).padStart(4, '0');
      return `\\u${upper ? hex.toUpperCase() : hex}`;
    });
  const html = json.replaceAll(/[<>&'+]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return [json, json.replaceAll('/', '\\/'), ascii(false), ascii(true), html];
}

function urlForms(text: string): readonly string[] {
  const wellFormed = Buffer.from(text).toString(); // a lone surrogate cannot be encoded
  const component = encodeURIComponent(wellFormed);
  const strict = component.replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  const forms = [component, strict, encodeURI(wellFormed), strict.replaceAll('%2F', '/')];
  const plus = forms.map((form) => form.replaceAll('%20', '+'));
  return [...forms, ...plus].flatMap((form) => [form, form.replaceAll(/%[0-9A-F]{2}/g, (hex) => hex.toLowerCase())]);
}

function xmlForms(text: string): readonly string[] {
  const basic = text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  const quoted = basic.replaceAll('"', '&quot;');
  return [
    basic,
    quoted,
    quoted.replaceAll("'", '&#39;'),
    quoted.replaceAll("'", '&#x27;'),
    quoted.replaceAll("'", '&apos;'),
  ];
}

/** Forms that rewrite bytes: base64 and hex. */
function byteForms(bytes: Buffer): readonly string[] {
  const hex = bytes.toString('hex');
  return [hex, hex.toUpperCase(), ...base64Forms(bytes)];
}

/**
 * Base64 depends on where in groups of three bytes the secret begins: for each of the three places, the characters that
 * the secret alone decides. Standing alone it is also hidden with its last character and padding, and broken into lines.
 */
function base64Forms(bytes: Buffer): readonly string[] {
  const forms: string[] = [];
  for (const offset of [0, 1, 2]) {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes])
      .toString('base64')
      .replaceAll('=', '');
    const from = Math.ceil((offset * 8) / 6);
    const to = Math.floor(((offset + bytes.length) * 8) / 6);
    forms.push(encoded.slice(from, to));
  }
  const alone = bytes.toString('base64');
  forms.push(alone, alone.replaceAll('=', ''));
  for (const columns of WRAP_COLUMNS) {
    if (alone.length > columns) forms.push(...(alone.match(new RegExp(`.{1,${columns}}`, 'g')) ?? []));
  }
  return forms.flatMap((form) => [form, form.replaceAll('+', '-').replaceAll('/', '_')]);
}

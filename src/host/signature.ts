/** Ed25519 keys and signatures, by node:crypto. Knows no verdicts. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import { closeSync, fstatSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { currentPlatform } from './platform/platform.ts';

/** A public key as a text: `ed25519:` and 32 bytes in base64url. */
const PUBLIC_KEY = /^ed25519:([A-Za-z0-9_-]{43})$/;
/** Keys are small files. */
const MAX_KEY_BYTES = 4096;
const OTHERS_MAY_READ = 0o077;

export function isPublicKey(text: string): boolean {
  return publicKeyOf(text) !== null;
}

/** Whether the holder of the public key signed this text. */
export function isSignedBy(publicKey: string, text: string, signature: string): boolean {
  const key = publicKeyOf(publicKey);
  return key !== null && verify(null, Buffer.from(text), key, Buffer.from(signature, 'base64url'));
}

export type PrivateKey = KeyObject;

export function signWith(key: PrivateKey, text: string): string {
  return sign(null, Buffer.from(text), key).toString('base64url');
}

/** The text by which others know the holder of a private key. */
function publicTextOf(key: PrivateKey): string {
  const { x = '' } = createPublicKey(key).export({ format: 'jwk' });
  return `ed25519:${x}`;
}

/** Reads a private key in PEM; the text says why there is none. */
export function readPrivateKey(path: string): PrivateKey | string {
  let pem: string;
  try {
    const file = openSync(path, 'r');
    try {
      const { mode, size } = fstatSync(file);
      if (size > MAX_KEY_BYTES) return 'is no key';
      if (currentPlatform().name !== 'windows' && (mode & OTHERS_MAY_READ) !== 0)
        return 'can be read by others: `chmod 600` it';
      pem = readFileSync(file, 'utf8');
    } finally {
      closeSync(file);
    }
  } catch (error) {
    return `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
  try {
    const key = createPrivateKey(pem);
    return key.asymmetricKeyType === 'ed25519' ? key : 'holds no Ed25519 key';
  } catch {
    return 'holds no private key';
  }
}

/** Makes a new key for its owner alone; never replaces a file. Gives its public text, or why it could not be written. */
export function writeNewKey(path: string): { readonly publicKey: string } | string {
  const { privateKey } = generateKeyPairSync('ed25519');
  try {
    writeFileSync(path, privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600, flag: 'wx' });
    return { publicKey: publicTextOf(privateKey) };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function publicKeyOf(text: string): KeyObject | null {
  const [, x] = PUBLIC_KEY.exec(text) ?? [];
  if (x === undefined) return null;
  try {
    return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' });
  } catch {
    return null;
  }
}

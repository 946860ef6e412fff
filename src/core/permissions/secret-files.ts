/** Which files keep secrets, by their names. Pure; a file of another name that keeps one is not known here. */

const NAMES =
  /^(?:\.env|\.env\..*|.*\.env|\.envrc|\.netrc|_netrc|\.npmrc|\.pypirc|\.git-credentials|\.htpasswd|\.pgpass|\.my\.cnf|\.boto|\.s3cfg|id_(?:rsa|dsa|ecdsa|ed25519)(?:_sk)?|.*\.(?:pem|key|p12|pfx|jks|keystore|kdbx|ppk|asc|gpg)|credentials(?:\.json)?|secrets?\.(?:json|ya?ml|toml))$/i;
/** Shown to everyone, without values. */
const SAMPLES = /\.(?:example|sample|template|dist)$/i;
const FOLDERS = /^(?:\.ssh|\.gnupg|\.aws|\.azure|\.kube|\.docker)$/i;

export function isSecretFile(path: string): boolean {
  const folders = path.split('/');
  const name = String(folders.pop());
  if (folders.some((folder) => FOLDERS.test(folder))) return true;
  return NAMES.test(name) && !SAMPLES.test(name);
}

/** The same as globs, for those who look for such files on a disk; wider than `isSecretFile`, which decides. */
export const SECRET_GLOBS: readonly string[] = [
  '**/*.env*',
  '**/.envrc',
  '**/{.,_}netrc',
  '**/{.npmrc,.pypirc,.git-credentials,.htpasswd,.pgpass,.my.cnf,.boto,.s3cfg}',
  '**/id_*',
  '**/*.{pem,key,p12,pfx,jks,keystore,kdbx,ppk,asc,gpg}',
  '**/credentials*',
  '**/secret*.*',
  '**/{.ssh,.gnupg,.aws,.azure,.kube,.docker}/**',
];

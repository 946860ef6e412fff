/**
 * Who giga is to an MCP server that asks for OAuth: with a client secret by itself, else by a person at a browser. Tokens come from a
 * store, and go there. Knows the protocol by the library only.
 */
import { createPrivateKey } from 'node:crypto';
import {
  ClientCredentialsProvider,
  type OAuthClientMetadata,
  type OAuthClientProvider,
  type OAuthDiscoveryState,
  PrivateKeyJwtProvider,
  type StoredOAuthClientInformation,
  type StoredOAuthTokens,
} from '@modelcontextprotocol/client';
import { isJsonObject, type Json, type JsonObject } from '../../core/json.ts';
import type { McpCredentials, McpTarget } from '../../core/mcp.ts';
import type { Loopback } from './loopback.ts';
import type { TokenStore } from './tokens.ts';

type HttpTarget = McpTarget & { readonly kind: 'http' };

/** A person who can be sent to a browser. */
export interface SignIn {
  readonly loopback: Loopback;
  readonly show: (server: string, url: string) => void;
}

/** `signIn` null: nobody is there, so that only what is kept can be used. Null where nothing is: then the server is asked without. */
export function oauthProvider(
  target: HttpTarget,
  store: TokenStore,
  signIn: SignIn | null,
): OAuthClientProvider | null {
  const { auth } = target;
  if (auth !== undefined && signsInByItself(auth)) return ownProvider(auth);
  const key: Json = ['mcp', target.url, auth?.clientId ?? ''];
  const { client: registered, tokens: kept } = store.read(key);
  if (signIn === null && (!isJsonObject(kept) || (auth === undefined && !isJsonObject(registered)))) return null;
  const change = (more: JsonObject): void => store.write(key, { ...store.read(key), ...more });
  let verifier = '';
  let isFresh = false;
  let discovered: OAuthDiscoveryState | undefined;
  return {
    redirectUrl: signIn?.loopback.url ?? NOWHERE,
    clientMetadata: metadataOf(target, signIn),
    state: () => signIn?.loopback.state ?? '',
    clientInformation() {
      if (auth !== undefined) return { client_id: auth.clientId };
      const { client, tokens } = store.read(key);
      // A client is registered for the address that the browser comes back to, which is another one each time: the old one can refresh only.
      const mayRefresh = isJsonObject(tokens) && typeof tokens['refresh_token'] === 'string';
      if (!isJsonObject(client) || (signIn !== null && !isFresh && !mayRefresh)) return undefined;
      return client as unknown as StoredOAuthClientInformation; // as it was saved; the library checks what it uses
    },
    saveClientInformation(client) {
      isFresh = true;
      change({ client: plain(client) });
    },
    tokens() {
      const { tokens } = store.read(key);
      return isJsonObject(tokens) ? (tokens as unknown as StoredOAuthTokens) : undefined; // as above
    },
    saveTokens: (tokens) => change({ tokens: plain(tokens) }),
    redirectToAuthorization(url) {
      signIn?.show(target.name, url.href);
    },
    saveCodeVerifier(given) {
      verifier = given;
    },
    codeVerifier: () => verifier,
    // As long as one sign-in takes: the code goes to no other server than the one that was asked for it.
    saveDiscoveryState(state) {
      discovered = state;
    },
    discoveryState: () => discovered,
    invalidateCredentials(scope) {
      if (scope === 'all') store.write(key, {});
      else if (scope === 'client' || scope === 'tokens') {
        const { [scope]: _, ...rest } = store.read(key);
        store.write(key, rest);
      }
    },
  };
}

export function signsInByItself({ clientSecret, privateKey }: McpCredentials): boolean {
  return clientSecret !== undefined || privateKey !== undefined;
}

function ownProvider({ clientId, clientSecret, privateKey, issuer = '', scope }: McpCredentials): OAuthClientProvider {
  const shared = { clientId, expectedIssuer: issuer, ...(scope !== undefined && { scope }) };
  if (privateKey === undefined) return new ClientCredentialsProvider({ ...shared, clientSecret: clientSecret ?? '' });
  return new PrivateKeyJwtProvider({ ...shared, privateKey, algorithm: algorithmOf(privateKey) });
}

/** How keys of a kind sign, by the words of JWA. */
function algorithmOf(pem: string): string {
  const { asymmetricKeyType, asymmetricKeyDetails } = createPrivateKey(pem);
  if (asymmetricKeyType === 'ed25519') return 'EdDSA';
  if (asymmetricKeyType !== 'ec') return 'RS256';
  return asymmetricKeyDetails?.namedCurve === 'secp384r1' ? 'ES384' : 'ES256';
}

/** Where nobody comes back from: it only says that this is no client that signs in by itself. */
const NOWHERE = 'http://127.0.0.1/callback';

function metadataOf({ auth }: HttpTarget, signIn: SignIn | null): OAuthClientMetadata {
  return {
    client_name: 'giga',
    redirect_uris: signIn === null ? [] : [signIn.loopback.url],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
    ...(auth?.scope !== undefined && { scope: auth.scope }),
  };
}

function plain(value: object): JsonObject {
  return JSON.parse(JSON.stringify(value));
}

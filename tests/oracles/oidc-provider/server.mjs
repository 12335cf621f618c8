// A GA4GH broker that uses an independent OpenID Provider (npm oidc-provider), and a visa issuer. All accounts are fictitious.
//
//   node server.mjs NODE_MODULES
//
// Prints one line of JSON with its addresses, and ends when its standard input closes.
//
// The provider itself implements discovery, its key set, client authentication, client credentials with DPoP, and UserInfo. This script adds the
// grant that issues tokens without a browser, the passports, the visas, and a control address. Tests use the control address to remove keys, revoke
// tokens, make proofs, and to sign tokens in the forms of particular brokers (jose makes every signature).
import { generateKeyPairSync, randomUUID, sign as signBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [modules] = process.argv.slice(2);
const load = (file) => import(pathToFileURL(join(modules, file)));
// oidc-provider uses `URL.parse`, which Node 20 does not have.
URL.parse ??= (...parts) => { try { return new URL(...parts); } catch { return null; } };
const jose = await load('jose/dist/webapi/index.js');
const { Provider, errors } = await load('oidc-provider/lib/index.js');

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const WITHOUT_BROWSER = 'urn:gemj:test:grant-type:without-browser';
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
const PASSPORT = 'urn:ga4gh:params:oauth:token-type:passport';
const SCOPE = 'openid ga4gh_passport_v1';
const now = () => Math.floor(Date.now() / 1000);

const listen = (handler) => new Promise((resolve) => {
  const server = createServer((request, response) => handler.of(request, response));
  // By default Node closes an idle connection after five seconds. A client's next request on that connection would then fail.
  server.keepAliveTimeout = 600_000;
  server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${server.address().port}`));
});

async function signingKey(alg, kid) {
  const { privateKey, publicKey } = await jose.generateKeyPair(alg, { extractable: true });
  const named = async (key) => ({ ...(await jose.exportJWK(key)), kid, alg, use: 'sig' });
  return { alg, kid, key: privateKey, private: await named(privateKey), public: await named(publicKey) };
}

const sign = (signer, header, claims) => new jose.SignJWT(claims)
  .setProtectedHeader({ alg: signer.alg, kid: signer.kid, ...header }).sign(signer.key);

// The visa issuer serves its key set, and the documents that a test adds: the discovery document, key set and UserInfo of a broker of another make.
let visaKey = await signingKey('ES256', 'visa-1');
let visaKeySet = [visaKey.public];
const documents = new Map();
const visaIssuer = await listen({
  of: (request, response) => {
    const document = documents.get(request.url);
    const allowed = !document?.bearer || request.headers.authorization === `Bearer ${document.bearer}`;
    const status = request.url === '/jwks' || (document && allowed) ? 200 : document ? 401 : 404;
    response.writeHead(status, { 'content-type': document?.type ?? 'application/json' });
    response.end(document ? (allowed ? document.body : '') : JSON.stringify({ keys: visaKeySet }));
  },
});

// The visas of `alice`. Other accounts have no visas.
const ABOUT_ALICE = [
  ['AffiliationAndRole', 'faculty@musashi-university.example', 'https://musashi-university.example', 'so'],
  ['ControlledAccessGrants', 'https://gemj.example/approvals/2026-0004', 'https://gemj.example/committee', 'dac'],
];
// The visas that a test set for an account replace the visas above.
const ofTest = new Map();
const visas = (account) => ofTest.get(account) ?? Promise.all((account === 'alice' ? ABOUT_ALICE : []).map(([type, value, source, by]) => sign(
  visaKey,
  { typ: 'vnd.ga4gh.visa+jwt', jku: `${visaIssuer}/jwks` },
  { iss: visaIssuer, sub: `${account}@visas`, iat: now(), exp: now() + 3600, jti: randomUUID(), ga4gh_visa_v1: { type, value, source, by, asserted: now() - 86400 } },
)));

const tokenKey = await signingKey('RS256', 'token-1');
let passportKey = await signingKey('ES256', 'passport-1');
const passportKeys = [passportKey, await signingKey('ES256', 'passport-2')];
const removed = new Set();

const asked = {};
const broker = { of: (_, response) => response.writeHead(503).end() };
const issuer = await listen(broker);
const gatewayKey = await signingKey('ES256', 'gateway-1');
const client = (client_id, grant_types, further) => ({
  client_id, client_secret: `secret of ${client_id}`, grant_types, redirect_uris: [], response_types: [], ...further,
});
const provider = new Provider(issuer, {
  jwks: { keys: [tokenKey, ...passportKeys].map((key) => key.private) },
  clients: [
    client('researcher', [WITHOUT_BROWSER, EXCHANGE]),
    client('gateway', [EXCHANGE]),
    client('gateway-with-key', [EXCHANGE], {
      client_secret: undefined, token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [gatewayKey.public] },
    }),
    client('hospital-system', ['client_credentials']),
    client('researcher-signed', [WITHOUT_BROWSER], { userinfo_signed_response_alg: 'RS256' }),
    client('gateway-pairwise', [EXCHANGE]),
  ],
  scopes: SCOPE.split(' '),
  claims: { openid: ['sub'], ga4gh_passport_v1: ['ga4gh_passport_v1'] },
  findAccount: (_, id) => ({ accountId: id, claims: async () => ({ sub: id, ga4gh_passport_v1: await visas(id) }) }),
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    dPoP: { enabled: true },
    introspection: { enabled: true },
    revocation: { enabled: true },
    jwtUserinfo: { enabled: true },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: (_, audience) => ({ audience, scope: 'read', accessTokenFormat: 'jwt', accessTokenTTL: 600, jwt: { sign: { alg: 'ES256' } } }),
    },
  },
});

// The GA4GH profile requires access tokens to be JWTs. This provider issues JWTs for resource servers and opaque tokens for UserInfo. A token
// without a browser is therefore a JWT of this script that stands for an opaque token of the provider.
const opaque = new Map();
const tokenBehind = async (jwt) => {
  try {
    return opaque.get((await jose.jwtVerify(jwt, tokenKey.public, { issuer })).payload.jti);
  } catch {
    return undefined;
  }
};
async function providerToken(account, client, scope = SCOPE, Kind = provider.AccessToken) {
  const grant = new provider.Grant({ accountId: account, clientId: client.clientId });
  grant.addOIDCScope(SCOPE);
  const token = new Kind({ accountId: account, client, grantId: await grant.save(), gty: 'without-browser', scope, expiresWithSession: false });
  return token.save();
}
provider.registerGrantType(WITHOUT_BROWSER, async (ctx) => {
  const { account, ttl } = ctx.oidc.params;
  const jti = randomUUID();
  opaque.set(jti, await providerToken(account, ctx.oidc.client));
  const ends = now() + Number(ttl);
  const access_token = await sign(tokenKey, { typ: 'at+jwt' }, { iss: issuer, sub: account, iat: Math.min(now(), ends - 60), exp: ends, jti, client_id: ctx.oidc.client.clientId, scope: SCOPE });
  ctx.body = { access_token, token_type: 'Bearer', expires_in: Number(ttl), scope: SCOPE };
}, ['account', 'ttl']);

let lastExchange = {};
provider.registerGrantType(EXCHANGE, async (ctx) => {
  const { params, client: asking } = ctx.oidc;
  if (params.subject_token_type !== ACCESS_TOKEN || params.requested_token_type !== PASSPORT) {
    throw new errors.InvalidRequest('only access tokens are exchanged, and only for passports');
  }
  const token = await provider.AccessToken.find(await tokenBehind(params.subject_token) ?? 'none');
  if (!token || !token.scopes.has('ga4gh_passport_v1')) throw new errors.InvalidRequest('the subject token is not valid');
  const aud = asking.clientId === 'researcher' ? undefined : asking.clientId;
  const pairwise = asking.clientId === 'gateway-pairwise';
  lastExchange = { resource: params.resource, audience: params.audience, scope: params.scope };
  const access_token = await sign(passportKey, { typ: 'vnd.ga4gh.passport+jwt' }, {
    iss: issuer, sub: pairwise ? `pairwise-${token.accountId}` : token.accountId, aud, iat: now(), exp: now() + 1800, jti: randomUUID(), ga4gh_passport_v1: await visas(token.accountId),
  });
  ctx.body = { access_token, issued_token_type: PASSPORT, token_type: 'N_A', expires_in: 1800 };
}, ['subject_token', 'subject_token_type', 'requested_token_type', 'audience', 'resource', 'scope'], ['audience', 'resource']);

provider.use(async (ctx, next) => {
  const [, jwt] = /^Bearer (\S+\.\S+\.\S+)$/.exec(ctx.get('authorization')) ?? [];
  if (ctx.path === '/me' && jwt) ctx.req.headers.authorization = `Bearer ${await tokenBehind(jwt) ?? 'none'}`;
  await next();
  if (ctx.path === '/jwks') ctx.body = { keys: ctx.body.keys.filter((key) => !removed.has(key.kid)) };
  asked[ctx.path] = (asked[ctx.path] ?? 0) + 1;
});
broker.of = provider.callback();

// The commands of the control address.
const holder = await signingKey('ES256', 'holder');
const { kid, use, alg, ...holderJwk } = holder.public;
const CONTROL = {
  '/asked': () => asked,
  '/gateway-key': async () => ({ pem: await jose.exportPKCS8(gatewayKey.key), kid: gatewayKey.kid }),
  '/remove-passport-key': () => { removed.add(passportKey.kid); [, passportKey] = passportKeys; },
  '/remove-visa-key': async () => { visaKey = await signingKey('ES256', 'visa-2'); visaKeySet = [visaKey.public]; },
  // A token in any form, signed by jose with the key for access tokens (RS256), the passport key or the visa key (ES256), or a key that no set contains.
  '/sign': async ({ key, header, claims }) => {
    const signer = { token: tokenKey, passport: passportKey, visa: visaKey, unknown: holder }[key];
    return { token: await new jose.SignJWT(claims).setProtectedHeader({ alg: signer.alg, kid: signer.kid, ...header }).sign(signer.key) };
  },
  // A token that is signed with RSA of 1024 bits. jose refuses such a key, so Node signs.
  '/sign-weak': ({ header, claims }) => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 1024 });
    const part = (json) => Buffer.from(JSON.stringify(json)).toString('base64url');
    const input = `${part({ alg: 'RS256', kid: 'weak-1', ...header })}.${part(claims)}`;
    const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'weak-1', alg: 'RS256', use: 'sig' };
    return { token: `${input}.${signBytes('RSA-SHA256', Buffer.from(input), privateKey).toString('base64url')}`, jwk };
  },
  // An access token in any form, which the provider accepts at UserInfo and for an exchange.
  '/access-token': async ({ header, claims }) => {
    const jti = randomUUID();
    opaque.set(jti, await providerToken(claims.sub, await provider.Client.find('researcher')));
    return { token: await sign(tokenKey, header, { iss: issuer, iat: now(), exp: now() + 600, jti, ...claims }) };
  },
  // An opaque token of the provider itself.
  '/opaque-token': async ({ account, client: id, kind, scope }) => {
    const Kind = kind === 'refresh' ? provider.RefreshToken : provider.AccessToken;
    return { token: await providerToken(account, await provider.Client.find(id ?? 'researcher'), scope ?? SCOPE, Kind) };
  },
  '/destroy-opaque-token': async ({ token }) => (await provider.AccessToken.find(token))?.destroy(),
  '/visas-of': ({ account, visas: list }) => void ofTest.set(account, list),
  '/document': ({ path, ...document }) => void documents.set(path, document),
  '/public-keys': () => ({ token: tokenKey.public, passport: passportKey.public, visa: visaKey.public }),
  '/last-exchange': () => lastExchange,
  '/revoke': async ({ token }) => (await provider.AccessToken.find(await tokenBehind(token)))?.destroy(),
  // A DPoP proof, made by jose.
  '/proof': async ({ htm, htu, token }) => {
    const ath = token ? jose.base64url.encode(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(token)))) : undefined;
    const claims = { jti: randomUUID(), iat: now(), htm, htu, ath };
    return { proof: await new jose.SignJWT(claims).setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk: holderJwk }).sign(holder.key) };
  },
};
const control = await listen({
  of: async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const answer = await CONTROL[request.url](JSON.parse(body));
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer ?? {}));
  },
});

console.log(JSON.stringify({ issuer, visa_issuer: visaIssuer, control }));
// The parent process reads one line only, so the library's notices are written to standard error.
console.log = console.info = console.error;
process.stdin.on('end', () => process.exit(0)).resume();

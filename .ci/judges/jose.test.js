// jose verifies what the sample mints, mints what the sample accepts, and forges what it must
// refuse.

import assert from 'node:assert/strict'
import { before, test } from 'node:test'
import * as jose from 'jose'
import { ALG, AUDIENCE, BASE, CLIENT_ID, HMAC_SECRET, ISSUER, KEY_FILE, PUBLIC_KEY_FILE, isRefused, isServed, login, server, text } from './rig.js'

const bytes = (value) => new TextEncoder().encode(value)

let signer // the sample's own key
let verifier // what somebody else may know: the key set, or the shared secret
let claims, header // of a genuine token

before(async () => {
  signer = HMAC_SECRET ? bytes(HMAC_SECRET) : await jose.importPKCS8(await text(KEY_FILE), ALG)
  verifier = HMAC_SECRET ? signer : jose.createRemoteJWKSet(new URL(server.jwks_uri))
  const { access_token: token } = await login()
  claims = jose.decodeJwt(token)
  header = jose.decodeProtectedHeader(token)
})

const expected = { issuer: ISSUER, audience: AUDIENCE, typ: 'at+jwt', algorithms: [ALG], requiredClaims: ['sub', 'jti', 'iat', 'nbf', 'exp', 'sid', 'client_id'] }

// mint signs the genuine token's claims, changed, under another jti.
function mint({ key = signer, alg = ALG, change = {}, more = {} } = {}) {
  return new jose.SignJWT({ ...claims, jti: crypto.randomUUID(), ...change })
    .setProtectedHeader({ ...header, alg, ...more })
    .sign(key)
}

test('jose verifies the access token', async () => {
  const { access_token: token } = await login()
  const verified = await jose.jwtVerify(token, verifier, expected)
  assert.equal(verified.payload.sub, 'user1')
  assert.equal(verified.payload.client_id, CLIENT_ID)
  assert.equal(verified.payload.token_use, 'access')
  await assert.rejects(jose.jwtVerify(token, verifier, { ...expected, audience: 'another' }), { claim: 'aud' })
  await assert.rejects(jose.jwtVerify(token, verifier, { ...expected, issuer: 'another' }), { claim: 'iss' })
  await assert.rejects(jose.jwtVerify(`${token.slice(0, -8)}AAAAAAAA`, verifier, expected), jose.errors.JWSSignatureVerificationFailed)
})

test('the key set holds the public key alone', async () => {
  const { keys } = await (await fetch(server.jwks_uri)).json()
  if (HMAC_SECRET) {
    assert.deepEqual(keys, [])
    return
  }
  assert.equal(keys.length, 1)
  assert.equal(keys[0].alg, ALG)
  assert.equal(keys[0].kid, header.kid)
  for (const secret of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k']) {
    assert.equal(keys[0][secret], undefined, secret)
  }
  assert.equal((await jose.importJWK(keys[0])).type, 'public')
})

test('the sample accepts what jose mints with its key', async () => {
  await isServed(await mint())
  await isServed(await mint({ change: { aud: ['another', AUDIENCE], pad: [{}] } }))
})

test('claims that are not for this service are refused', async () => {
  const now = Math.floor(Date.now() / 1000)
  for (const change of [
    { aud: 'another' }, { aud: undefined }, { iss: 'another' }, { iss: undefined }, { sub: undefined }, { sid: undefined },
    { exp: now - 60 }, { exp: undefined }, { nbf: now + 600 }, { iat: now + 600 }, { token_use: 'refresh' }, { jti: null },
  ]) {
    await isRefused(await mint({ change }), JSON.stringify(change))
  }
  for (const more of [{ typ: 'dpop+jwt' }, { typ: 'secevent+jwt' }, { typ: 'logout+jwt' }, { kid: 'another' }]) {
    await isRefused(await mint({ more }), JSON.stringify(more))
  }
})

test('another key, or one that the token brings itself, is refused', async () => {
  const other = await jose.generateKeyPair('ES256', { extractable: true })
  const jwk = await jose.exportJWK(other.publicKey)
  for (const more of [{}, { jwk }, { jku: `${BASE}/evil.json` }, { x5u: `${BASE}/evil.pem` }, { x5c: ['MIIB'] }]) {
    await isRefused(await mint({ key: other.privateKey, alg: 'ES256', more }), JSON.stringify(more))
    await isRefused(await mint({ key: other.privateKey, alg: 'ES256', more: { ...more, kid: undefined } }), JSON.stringify(more))
  }
})

test('no algorithm, and a public key or secret under another algorithm, are refused', async () => {
  await isRefused(new jose.UnsecuredJWT(claims).encode(), 'alg none')
  const known = HMAC_SECRET
    ? [['HS384', signer], ['HS512', signer], ['HS256', bytes(HMAC_SECRET.slice(0, -1))]]
    : await publicSecrets()
  for (const [alg, key] of known) {
    await isRefused(await mint({ alg, key }), alg)
    await isRefused(await mint({ alg, key, more: { kid: undefined } }), alg)
  }
  if (ALG === 'RS256') {
    await isRefused(await mint({ alg: 'PS256', key: await jose.importPKCS8(await text(KEY_FILE), 'PS256') }), 'PS256')
  }
})

// Everything that is public about the key, as secrets for HS256.
async function publicSecrets() {
  const pem = await text(PUBLIC_KEY_FILE)
  const set = await (await fetch(server.jwks_uri)).text()
  return [pem, pem.trim(), set, Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64')]
    .flatMap((secret) => ['HS256', 'HS512'].map((alg) => [alg, typeof secret === 'string' ? bytes(secret) : secret]))
}

test('other forms of the same signature are refused', async () => {
  const payload = bytes(JSON.stringify({ ...claims, jti: crypto.randomUUID() }))
  const flat = await new jose.FlattenedSign(payload).setProtectedHeader(header).sign(signer)
  await isRefused(JSON.stringify(flat), 'flattened JSON')
  const critical = { ...header, b64: true, crit: ['b64'] }
  await isRefused(await new jose.CompactSign(payload).setProtectedHeader(critical).sign(signer), 'crit')
  const detached = await new jose.FlattenedSign(payload).setProtectedHeader({ ...header, b64: false, crit: ['b64'] }).sign(signer)
  await isRefused(`${detached.protected}.${Buffer.from(payload).toString('base64url')}.${detached.signature}`, 'b64: false')
  await isRefused(`${detached.protected}..${detached.signature}`, 'detached')
  const jwe = await new jose.CompactEncrypt(bytes(await mint()))
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', cty: 'JWT' })
    .encrypt(new Uint8Array(32))
  await isRefused(jwe, 'JWE')
  await isRefused(await mint().then((token) => `${token}=`), 'padding')
})

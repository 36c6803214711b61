// oauth4webapi as the application's client (RFC 6749 section 6) and as a service's
// (RFC 7009, RFC 7662).

import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as oauth from 'oauth4webapi'
import { AUDIENCE, BASE, CLIENT_ID, HMAC_SECRET, ISSUER, SERVICE_SECRET, application, insecure, isRefused, isServed, login, resource, server, service } from './rig.js'

const methods = {
  client_secret_basic: oauth.ClientSecretBasic,
  client_secret_post: oauth.ClientSecretPost,
}

async function refresh(refreshToken) {
  const response = await oauth.refreshTokenGrantRequest(server, application, oauth.None(), refreshToken, insecure)
  return oauth.processRefreshTokenResponse(server, application, response)
}

async function introspect(token, authentication = oauth.ClientSecretBasic(SERVICE_SECRET)) {
  const response = await oauth.introspectionRequest(server, service, authentication, token, insecure)
  return oauth.processIntrospectionResponse(server, service, response)
}

async function revoke(token, authentication = oauth.ClientSecretBasic(SERVICE_SECRET)) {
  const response = await oauth.revocationRequest(server, service, authentication, token, insecure)
  return oauth.processRevocationResponse(response)
}

// RFC 6749 section 5.2: status 400, and the reason in the body. A challenge would hide it.
function refusedGrant(error) {
  assert.ok(error instanceof oauth.ResponseBodyError, String(error))
  assert.equal(error.status, 400)
  assert.equal(error.error, 'invalid_grant')
  return true
}

test('the refresh grant', async () => {
  const first = await login()
  const second = await refresh(first.refresh_token)
  assert.equal(second.token_type, 'bearer')
  assert.ok(second.expires_in > 0)
  assert.notEqual(second.access_token, first.access_token)
  assert.notEqual(second.refresh_token, first.refresh_token)
  await isServed(second.access_token)
})

test('a refused refresh token is invalid_grant', async () => {
  await assert.rejects(refresh('rt1_junk'), refusedGrant)
  await assert.rejects(refresh((await login()).access_token), refusedGrant)
})

test('a refresh token that is used again after its successor ends the session', async () => {
  const first = await login()
  const second = await refresh(first.refresh_token)
  const third = await refresh(second.refresh_token)
  await isServed(third.access_token)
  await assert.rejects(refresh(first.refresh_token), refusedGrant)
  await assert.rejects(refresh(third.refresh_token), refusedGrant)
  await isRefused(third.access_token, 'after reuse')
})

test('challenges: none without a reason, and a reason only for a presented token', async () => {
  const { access_token: token } = await login()
  assert.equal((await resource(token)).status, 200)
  await isRefused('junk', 'junk')
  const response = await fetch(`${BASE}/protected`)
  assert.equal(response.status, 401)
  assert.match(response.headers.get('www-authenticate'), /^Bearer realm="[^"]*"$/)
})

for (const [name, method] of Object.entries(methods)) {
  test(`introspection with ${name}`, async () => {
    const tokens = await login()
    const access = await introspect(tokens.access_token, method(SERVICE_SECRET))
    assert.equal(access.active, true)
    assert.equal(access.sub, 'user1')
    assert.equal(access.iss, ISSUER)
    assert.equal(access.token_type, 'Bearer')
    assert.ok([access.aud].flat().includes(AUDIENCE))
    assert.ok(access.exp > access.iat)
    assert.equal((await introspect(tokens.refresh_token, method(SERVICE_SECRET))).active, true)
    assert.deepEqual(await introspect('junk', method(SERVICE_SECRET)), { active: false })
  })

  test(`revocation with ${name}`, async () => {
    const tokens = await login()
    await revoke(tokens.access_token, method(SERVICE_SECRET))
    await isRefused(tokens.access_token, 'revoked')
    assert.deepEqual(await introspect(tokens.access_token), { active: false })

    const next = await refresh(tokens.refresh_token)
    await isServed(next.access_token)
    await revoke(next.refresh_token, method(SERVICE_SECRET))
    await assert.rejects(refresh(next.refresh_token), refusedGrant)
    await isRefused(next.access_token, 'its session was revoked')
    assert.deepEqual(await introspect(next.refresh_token), { active: false })

    await revoke('junk', method(SERVICE_SECRET))
  })

  test(`a wrong secret with ${name} is 401 and does nothing`, async () => {
    const { access_token: token } = await login()
    for (const call of [introspect, revoke]) {
      await assert.rejects(call(token, method(`${SERVICE_SECRET}x`)), (error) => {
        assert.equal(error.status, 401, String(error))
        return true
      })
    }
    await isServed(token)
  })
}

test('a wrong secret in Basic is answered with a Basic challenge', async () => {
  await assert.rejects(introspect('junk', oauth.ClientSecretBasic('x'.repeat(48))), (error) => {
    assert.ok(error instanceof oauth.WWWAuthenticateChallengeError, String(error))
    assert.deepEqual(error.cause.map((challenge) => challenge.scheme), ['basic'])
    return true
  })
})

// RFC 9068 section 4, by a resource server that shares nothing with the sample but its URL.
async function accessTokensAreRFC9068() {
  const { access_token: token } = await login()
  const request = (value) => new Request(`${BASE}/`, { headers: { Authorization: `Bearer ${value}` } })
  const validate = (value, issuer, audience) => oauth.validateJwtAccessToken({ ...server, issuer }, request(value), audience, insecure)

  const claims = await validate(token, ISSUER, AUDIENCE)
  assert.equal(claims.sub, 'user1')
  assert.equal(claims.client_id, CLIENT_ID)

  await assert.rejects(validate(token, ISSUER, 'another'))
  await assert.rejects(validate(token, 'another', AUDIENCE))
  const [header, payload, signature] = token.split('.')
  const changed = Buffer.from(JSON.stringify({ ...claims, sub: 'admin' })).toString('base64url')
  await assert.rejects(validate(`${header}.${changed}.${signature}`, ISSUER, AUDIENCE))
  await isRefused(`${header}.${changed}.${signature}`, 'another subject')
  await isRefused(`${header}.${payload}.${signature.slice(0, -2)}AA`, 'another signature')
}

// A shared secret has no public key to validate with.
if (!HMAC_SECRET) {
  test('access tokens are RFC 9068 JWTs', accessTokensAreRFC9068)
}

// What the judges know of the sample: where it listens, what it was told, and how one logs in.
// .ci/judges/run sets the variables.

import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import * as oauth from 'oauth4webapi'

export const { BASE, ALG, ISSUER, AUDIENCE, CLIENT_ID, SERVICE, SERVICE_SECRET, KEY_FILE, PUBLIC_KEY_FILE, HMAC_SECRET } = process.env

// The sample listens on loopback without TLS.
export const insecure = { [oauth.allowInsecureRequests]: true }

export const server = {
  issuer: ISSUER,
  token_endpoint: `${BASE}/refresh`,
  revocation_endpoint: `${BASE}/revoke`,
  introspection_endpoint: `${BASE}/introspect`,
  jwks_uri: `${BASE}/.well-known/jwks.json`,
}

// The application, a public client, and a service that may introspect and revoke.
export const application = { client_id: CLIENT_ID }
export const service = { client_id: SERVICE }

export const text = (path) => readFile(path, 'utf8')

// Each login begins a new session of user1.
export async function login() {
  const response = await fetch(`${BASE}/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ username: 'user1', password: 'password123' }),
  })
  assert.equal(response.status, 200)
  assert.equal(response.headers.get('cache-control'), 'no-store')
  return response.json()
}

// resource asks for a protected route. It throws oauth4webapi's error if the reply carries a
// challenge.
export function resource(accessToken) {
  return oauth.protectedResourceRequest(accessToken, 'GET', new URL(`${BASE}/protected`), undefined, null, insecure)
}

export async function isServed(accessToken) {
  const response = await resource(accessToken)
  assert.equal(response.status, 200)
  assert.equal((await response.json()).identity, 'user1')
}

// isRefused checks the challenge of RFC 6750 section 3.1, as oauth4webapi reads it.
export async function isRefused(accessToken, why) {
  await assert.rejects(resource(accessToken), (error) => {
    assert.ok(error instanceof oauth.WWWAuthenticateChallengeError, `${why}: ${error}`)
    assert.equal(error.status, 401, why)
    assert.equal(error.cause.length, 1, why)
    assert.equal(error.cause[0].scheme, 'bearer', why)
    assert.equal(error.cause[0].parameters.error, 'invalid_token', why)
    return true
  })
}

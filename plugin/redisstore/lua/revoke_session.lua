-- revoke_session ends a session or one of its access tokens. A token of a session that is
-- not alive ends the session. Run again with the same nonce, it gives the same answer.
--
-- KEYS[1], KEYS[2], ARGV[1..3]  see head.lua and gate.lua
-- KEYS[3]  the session
-- ARGV[4]  session id
-- ARGV[5]  its creation time, ms
-- ARGV[6]  start of the key of a subject's list
-- ARGV[7]  token id; "": the whole session
-- ARGV[8]  latest exp of what ends, as far as the caller knows: s
-- ARGV[9]  nonce of the call
-- ARGV[10] reason, or ""
-- Reply    OK, clock, now, number of live sessions or tokens ended, 1 if the subject's list
--          is up to date, subject

local key = KEYS[3]
local id, created, lists, token, x, nonce, reason = unpack(ARGV, 4, 10)
created, x = tonumber(created), tonumber(x)

local text = call('GET', key)
local s, t = live(text), tombstone(text)
local m = call('HMGET', shard, 'e', 'a', 'z', 'u:' .. (s and s.subject or ''))
local no = closed(m[1])
if no then return no end
local before = answered(t, nonce)
if before then return {'OK', clock, now, before, 0, t.more} end

free()
trim()
local alive = is_live(s, id, created, m[2], m[4])
local latest = math.max(soonest, x, s and s.z or 0, alive and 0 or tonumber(m[3] or 0))
if token ~= '' and alive then
  return {'OK', clock, now, end_token(key, s, id, token, x > 0 and math.max(soonest, x) or latest, nonce), 1, ''}
end
local count, done = end_session(key, s, t, {id = id, created = created, lists = lists, live = alive,
  x = latest, nonce = nonce, reason = reason})
return {'OK', clock, now, count, done, s and s.subject or ''}

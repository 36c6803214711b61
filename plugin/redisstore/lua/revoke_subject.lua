-- revoke_subject ends every session of a subject that has begun so far, except one: it writes
-- the cut-off. Run again with the same nonce, it gives the same answer.
--
-- KEYS[1], KEYS[2], ARGV[1..3]  see head.lua and gate.lua
-- ARGV[4]  subject
-- ARGV[5]  id of the session to spare, or "-"
-- ARGV[6]  latest exp of what ends, as far as the caller knows: s
-- ARGV[7]  nonce of the call
-- ARGV[8]  reason, or ""
-- Reply    OK, clock, now, time of the cut-off in ms, until when it counts: s, time of the
--          previous cut-off

local subject, except, x, nonce, reason = unpack(ARGV, 4, 8)
local field = 'u:' .. subject
local m = call('HMGET', shard, 'e', 'n', 'z', 'y', field)
local no = closed(m[1])
if no then return no end

x = math.max(soonest, tonumber(x), tonumber(m[3] or 0))
local old = parse(m[5])
if old.nonce == nonce then return {'OK', clock, now, old.at, x, tonumber(old.count:match('^<(%d+)$') or 0)} end

free()
trim()
-- A session may have begun ahead of the clock, just after an earlier cut-off.
local at = math.max(now, tonumber(m[2] or 0))
if at <= old.at and except ~= old.except then at = old.at + 1 end -- so that the list's mark tells them apart
-- The cut-off is needed until the last session that it covers would have died by itself.
local till = math.max(math.max(x * 1000, now) + afterlife, tonumber(m[4] or 0))
cut(field, old, {at = at, except = except, t = us, nonce = nonce,
  count = string.format('<%.0f', old.at), till = till, reason = reason},
  x, false, 'u', subject)
return {'OK', clock, now, at, x, old.at}

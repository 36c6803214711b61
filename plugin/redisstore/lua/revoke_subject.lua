-- revoke_subject ends every session of a subject that has begun so far, except one. Run
-- again with the same nonce, it gives the same answer.
--
-- KEYS, ARGV[1..3]  see prelude.lua
-- ARGV[4]  subject
-- ARGV[5]  id of the session to spare, or ""
-- ARGV[6]  retain, ms
-- ARGV[7]  nonce of the call
-- ARGV[8]  reason, or ""
-- Reply    OK, number of live sessions ended

local subject, except, retain, nonce, reason = unpack(ARGV, 4, 8)
local old = cutoff(cutoff_key(subject))
if old.nonce == nonce then return ok(old.result) end

trim(tonumber(retain))
-- A session may have begun ahead of the clock, just after an earlier cut-off.
local newest = redis.call('ZREVRANGE', subject_key(subject), 0, 0)[1]
local at = newest and math.max(now, begun(newest)) or now
return ok(end_subject(subject, {at = at, except = except}, tonumber(retain), nonce, reason))

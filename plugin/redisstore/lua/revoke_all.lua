-- revoke_all ends every session of the shard that has begun so far. Run again with the same
-- nonce, it gives the same answer.
--
-- KEYS, ARGV[1..3]  see prelude.lua
-- ARGV[4]  retain, ms
-- ARGV[5]  nonce of the call
-- Reply    OK, time of the cut-off, time of the previous one, both in ms

local retain, nonce = tonumber(ARGV[4]), ARGV[5]
local old = cutoff(all_key)
if old.nonce == nonce then return ok(old.at, old.result) end

trim(retain)
local at = math.max(now, tonumber(redis.call('GET', base .. ':newest') or 0))
local new = end_all({at = at, except = ''}, retain, nonce)
return ok(new.at, old.at)

-- revoke_all ends every session of the shard that has begun so far: it writes the cut-off,
-- which never expires. Run again with the same nonce, it gives the same answer.
--
-- KEYS[1], KEYS[2], ARGV[1..3]  see head.lua and gate.lua
-- ARGV[4]  latest exp of what ends, as far as the caller knows: s
-- ARGV[5]  nonce of the call
-- Reply    OK, clock, now, time of the cut-off, time of the previous one, both in ms

local x, nonce = tonumber(ARGV[4]), ARGV[5]
local m = call('HMGET', shard, 'e', 'n', 'z', 'a')
local no = closed(m[1])
if no then return no end

local old = parse(m[4])
if old.nonce == nonce then return {'OK', clock, now, old.at, old.till} end

free()
trim()
local at = math.max(now, tonumber(m[2] or 0))
-- The field is not dropped, so till is free for the previous time.
cut('a', {at = old.at, except = '-', t = old.t, till = 0, position = old.position},
  {at = at, except = '-', t = us, nonce = nonce, till = old.at, reason = ''},
  math.max(soonest, x, tonumber(m[3] or 0)), false, 'a')
return {'OK', clock, now, at, old.at}

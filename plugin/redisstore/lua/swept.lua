-- swept records that no session is left that a subject's cut-off covers, so that the cut-off
-- need not outlive its log entry. It does nothing if some were not cleaned: see gate.lua.
--
-- KEYS[1], KEYS[2], ARGV[1..3]  see head.lua and gate.lua
-- ARGV[4]  subject
-- ARGV[5]  nonce of the call that wrote the cut-off
-- ARGV[6]  until when the cut-off counts: s
-- ARGV[7]  its time, ms: a later one may have been put back under the same nonce
-- Reply    OK, clock, now

local field = 'u:' .. ARGV[4]
local m = call('HMGET', shard, 'e', field, 'w:' .. ARGV[4])
local no = closed(m[1])
if no then return no end
local c = parse(m[2])
if c.nonce == ARGV[5] and c.at == tonumber(ARGV[7]) and not m[3] then
  c.till = math.max(ARGV[6] * 1000, now) + afterlife
  call('HDEL', shard, '-')
  put(field, c)
end
return {'OK', clock, now}

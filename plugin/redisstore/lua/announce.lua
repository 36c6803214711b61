-- announce records how far a node has read the log.
--
-- KEYS[1]  the roster
-- ARGV[1], ARGV[2]  see head.lua
-- ARGV[3]  id of the node
-- ARGV[4]  how long the record counts, ms
-- ARGV[5]  the record: positions by shard and the name, "ms-seq ms-seq ...|name"
-- Reply    OK, clock, now

local ttl = tonumber(ARGV[4])
call('HDEL', KEYS[1], ARGV[3]) -- first, so that a full server takes it; see free in log.lua
call('HSET', KEYS[1], ARGV[3], string.format('%.0f ', now + ttl) .. ARGV[5])
call('PEXPIRE', KEYS[1], math.max(call('PTTL', KEYS[1]), ttl + 60000))
return {'OK', clock, now}

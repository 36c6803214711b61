-- announce records how far a node has read the log.
--
-- KEYS, ARGV[1..3]  see prelude.lua
-- ARGV[4]  id of the node
-- ARGV[5]  how long the record counts, ms
-- ARGV[6]  the record: positions by shard and the name, "ms-seq ms-seq ...|name"
-- Reply    OK

local key, ttl = base .. ':roster', tonumber(ARGV[5])
redis.call('HSET', key, ARGV[4], string.format('%.0f ', now + ttl) .. ARGV[6])
redis.call('PEXPIRE', key, math.max(redis.call('PTTL', key), ttl + slack))
return ok()

-- announce notes how far a node has read the log.
--
-- KEYS, ARGV[1..3]  see prelude.lua
-- ARGV[4]  name of the node
-- ARGV[5]  how long that counts, ms
-- ARGV[6]  what it says: its positions by shard, "ms-seq ms-seq ..."
-- Reply    OK

local key, ttl = base .. ':roster', tonumber(ARGV[5])
redis.call('HSET', key, ARGV[4], string.format('%.0f %s', now + ttl, ARGV[6]))
redis.call('PEXPIRE', key, math.max(redis.call('PTTL', key), ttl + slack))
return ok()

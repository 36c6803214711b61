-- ping writes, to prove that the shard can be written. Like a script that ends something, it
-- works on a full server.
--
-- KEYS[1], KEYS[2], ARGV[1..3]  see head.lua and gate.lua
-- Reply  OK, clock, now

local no = closed(call('HGET', shard, 'e'))
if no then return no end
call('HDEL', shard, '-')
call('HSET', shard, 'p', now)
return {'OK', clock, now}

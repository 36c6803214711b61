-- ping writes a key, to prove that the shard can be written.
--
-- KEYS, ARGV[1..3]  see prelude.lua
-- Reply             OK

redis.call('SET', base .. ':ping', now, 'PX', slack)
return ok()

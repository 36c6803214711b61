-- peek reads the clock and the epoch of a shard.
--
-- KEYS[1]  the shard's hash
-- ARGV[1], ARGV[2]  see head.lua
-- Reply    OK, clock, now, epoch or ""

return {'OK', clock, now, call('HGET', KEYS[1], 'e') or ''}

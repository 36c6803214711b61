-- open opens a shard: it writes the epoch and the log if there are none, and reads both
-- clock and epoch. The epoch is lost together with the rest of the data, so a new epoch
-- reveals the loss.
--
-- KEYS[1]  the shard's hash
-- KEYS[2]  the shard's log
-- KEYS[3]  a key that never exists: while the slot moves, a Cluster does not run a script
--          that declares it. A shard whose hash has just moved away is not opened again.
-- ARGV[1], ARGV[2]  see head.lua
-- ARGV[3]  the epoch to write, "<version> <shards> <random text>"
-- Reply    OK, clock, now, epoch

call('HDEL', KEYS[1], '-') -- first, so that a full server takes the rest; see free in log.lua
local epoch = call('HGET', KEYS[1], 'e')
if not epoch then
  epoch = ARGV[3]
  call('HSET', KEYS[1], 'e', epoch)
end
local own = epoch:match('^%d+ %d+ ') == ARGV[3]:match('^%d+ %d+ ') -- otherwise the caller is refused
if own and call('EXISTS', KEYS[2]) == 0 then
  call('XGROUP', 'CREATE', KEYS[2], 'none', '0', 'MKSTREAM') -- the way to an empty stream
  call('XGROUP', 'DESTROY', KEYS[2], 'none')
end
return {'OK', clock, now, epoch}

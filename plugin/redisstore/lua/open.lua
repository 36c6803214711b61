-- open reads the clock and the epoch of a shard, and writes an epoch if there is none. The
-- epoch is lost together with the rest of the data, so a new epoch reveals the loss.
--
-- KEYS[1]  base of the shard's keys, "<prefix>:{n}"
-- ARGV[1]  the epoch to write if there is none, "<shards> <random text>"; "": write none
-- Reply    {clock in ms, epoch or ""}

local key = KEYS[1] .. ':epoch'
local time = redis.call('TIME')
local epoch = redis.call('GET', key) or ''
if epoch == '' and ARGV[1] ~= '' then
  epoch = ARGV[1]
  redis.call('SET', key, epoch)
end
return {time[1] * 1000 + math.floor(time[2] / 1000), epoch}

-- tally tells how often a name or an address has failed within the window, and records
-- one more failure.
--
-- KEYS[1]  sorted set of failures, each with its time in ms
-- ARGV     failures allowed, window in ms, the new failure or '' to record none,
--          time in ms that takes the place of the server's or ''
-- Result   failures without the new one; ms until there are fewer than allowed, 0 if
--          there are
--
-- It may run twice (a lost reply), or long after its caller gave up: the same failure
-- is one member, and a failure that was answered 503 has still been one.
local allowed, window, failure = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
local time = redis.call('TIME')
local now = tonumber(ARGV[4]) or time[1] * 1000 + math.floor(time[2] / 1000)

-- A clock that was set back must not lock anybody out until it is there again.
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - window)
redis.call('ZREMRANGEBYSCORE', KEYS[1], now + window, '+inf')

local failures = redis.call('ZCARD', KEYS[1])
if failure ~= '' and redis.call('ZSCORE', KEYS[1], failure) then
  failures = failures - 1
elseif failure ~= '' and failures < allowed then
  redis.call('ZADD', KEYS[1], now, failure)
  redis.call('PEXPIRE', KEYS[1], window)
end

if failures < allowed then
  return {failures, 0}
end
-- Another node may allow more: the failure that has to grow old is not always the first.
local last = redis.call('ZRANGE', KEYS[1], failures - allowed, failures - allowed, 'WITHSCORES')
return {failures, math.min(window, math.max(1, last[2] + window - now))}

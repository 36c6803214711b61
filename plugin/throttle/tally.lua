-- tally counts the failures of a name or an address within the window, and records one more.
--
-- KEYS[1]  sorted set of failures, each with its time in ms
-- ARGV[1]  failures allowed
-- ARGV[2]  window, ms
-- ARGV[3]  the new failure, or '' to record none
-- ARGV[4]  time in ms that replaces the server's, or ''
-- Result   failures without the new one; ms until there are fewer than allowed, or 0
--
-- The script may run twice (lost reply), or long after its caller gave up. Both are harmless:
-- one failure is one member, and a login that was answered 503 has failed all the same.
local allowed, window, failure = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
local time = redis.call('TIME')
local now = tonumber(ARGV[4]) or time[1] * 1000 + math.floor(time[2] / 1000)

-- Failures in the future come from a clock that was set back. They must not throttle a subject
-- until the clock gets there again.
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
-- Another node may allow more failures, so the one that has to expire is not always the first.
local last = redis.call('ZRANGE', KEYS[1], failures - allowed, failures - allowed, 'WITHSCORES')
return {failures, math.min(window, math.max(1, last[2] + window - now))}

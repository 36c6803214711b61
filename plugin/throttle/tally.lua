-- tally counts the events of a subject within the window, and records one more if there are fewer
-- than allowed. An event is a failed login of a name or an address, or a use of a user's turn.
--
-- KEYS[1]  sorted set of events, each with its time in ms; and the member "window", see below
-- ARGV[1]  events allowed
-- ARGV[2]  window, ms
-- ARGV[3]  the new event, or '' to record none
-- ARGV[4]  time in ms that replaces the server's, or ''
-- Result   events without the new one; ms until there are fewer than allowed, or 0
--
-- The script may run twice (lost reply), or long after its caller gave up. Both are harmless:
-- one event is one member, and a login that was answered 503 has failed all the same.
local allowed, window, event = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
local time = redis.call('TIME')
local now = tonumber(ARGV[4]) or time[1] * 1000 + math.floor(time[2] / 1000)

-- A node with a shorter window (another setting, or a deploy) must keep what one with a longer
-- window counts. The score of the member "window" is the longest that any node has asked with;
-- no event has so low a score.
local known = tonumber(redis.call('ZSCORE', KEYS[1], 'window') or 0)
local longest = math.max(window, known)

-- Events in the future come from a clock that was set back. They must not throttle a subject
-- until the clock gets there again.
redis.call('ZREMRANGEBYSCORE', KEYS[1], '(' .. longest, now - longest)
redis.call('ZREMRANGEBYSCORE', KEYS[1], now + longest, '+inf')

local first, last = '(' .. string.format('%.0f', now - window), '(' .. string.format('%.0f', now + window)
local events = redis.call('ZCOUNT', KEYS[1], first, last)
local fresh = false
if event ~= '' and redis.call('ZSCORE', KEYS[1], event) then
  events = events - 1
elseif event ~= '' and events < allowed then
  redis.call('ZADD', KEYS[1], now, event)
  fresh = true
end
if fresh or longest > known and redis.call('ZCARD', KEYS[1]) > 0 then
  redis.call('ZADD', KEYS[1], longest, 'window')
  redis.call('PEXPIRE', KEYS[1], longest)
end

if events < allowed then
  return {events, 0}
end
-- Another node may allow more, so the one that has to expire is not always the first.
local at = redis.call('ZRANGEBYSCORE', KEYS[1], first, last, 'WITHSCORES', 'LIMIT', events - allowed, 1)
return {events, math.min(window, math.max(1, at[2] + window - now))}

-- create begins a session. Run again with the same tail, it gives the same answer.
--
-- KEYS, ARGV[1..3]  see prelude.lua
-- ARGV[4]  tail of the id
-- ARGV[5]  subject
-- ARGV[6]  idle ttl, ms
-- ARGV[7]  longest life, ms
-- ARGV[8]  retain, ms
-- ARGV[9]  limit of live sessions of the subject, this one included; 0: no limit
-- ARGV[10] 1: refuse over the limit, 0: end the oldest
-- ARGV[11...] more fields of the session's hash, with their values
-- Reply    OK, creation time in ms, ids of the evicted sessions, joined; or
--          {"LIMIT", clock, now}

local tail, subject, idle, life, retain, limit, refuse = unpack(ARGV, 4, 10)
idle, life, retain, limit = tonumber(idle), tonumber(life), tonumber(retain), tonumber(limit)

local key, list, newest_key = base .. ':session:' .. tail, subject_key(subject), base .. ':newest'
local known = redis.call('HMGET', key, 'c', 'e')
if known[1] then return ok(known[1], known[2] or '') end

-- Drop dead sessions from the subject's list, so that it does not grow without limit: all of
-- them at the limit, otherwise at most two.
local full = limit > 0 and redis.call('ZCARD', list) >= limit
local alive = {}
for _, id in ipairs(redis.call('ZRANGE', list, 0, full and -1 or 1)) do
  if live(load(session_key(id)), id) then
    alive[#alive + 1] = id
  else
    redis.call('ZREM', list, id)
  end
end

local excess = full and #alive + 1 - limit or 0
if excess > 0 and refuse == '1' then return {'LIMIT', clock, now} end
local evicted = {}
for i = 1, excess do
  local id = alive[i]
  evicted[i] = id
  end_session(load(session_key(id)), id, retain, tail, 'session_limit')
end
evicted = table.concat(evicted)
if evicted ~= '' then trim(retain) end

-- Later than every cut-off, even within the same millisecond. The newest creation time is
-- stored because the next cut-off of all subjects must not be earlier.
local created = math.max(now, cutoff(all_key).at + 1, cutoff(cutoff_key(subject)).at + 1)
if created > tonumber(redis.call('GET', newest_key) or 0) then
  redis.call('SET', newest_key, string.format('%.0f', created))
end

local function text(ms)
  local s = ''
  for _ = 1, 8 do
    local digit = ms % 64
    s = digits:sub(digit + 1, digit + 1) .. s
    ms = (ms - digit) / 64
  end
  return s .. tail
end

local ends_at = created + life
local idle_at = math.min(created + idle, ends_at)
redis.call('HSET', key, 'sub', subject, 'g', 1, 'c', created, 'r', created, 'u', created,
  'i', idle_at, 'x', ends_at, unpack(ARGV, 11))
if evicted ~= '' then redis.call('HSET', key, 'e', evicted) end
redis.call('PEXPIRE', key, idle_at - now + slack)
local ttl = math.max(redis.call('PTTL', list), ends_at - now + slack)
redis.call('ZADD', list, created, text(created))
redis.call('PEXPIRE', list, ttl)
return ok(created, evicted)

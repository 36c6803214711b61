-- rotate presents a refresh generation; session.Outcome documents the rules. Run again with
-- the same nonce, it gives the same answer.
--
-- KEYS, ARGV[1..3]  see prelude.lua
-- ARGV[4]  session id
-- ARGV[5]  generation presented
-- ARGV[6]  nonce of the call
-- ARGV[7]  idle ttl, ms
-- ARGV[8]  grace, ms
-- ARGV[9]  late retry, ms
-- ARGV[10] retain, ms
-- ARGV[11] 1: report reuse without ending the session
-- ARGV[12...] fields of the session's hash to replace on an advance, with their values
-- Reply    OK, outcome, the session's hash (none if the session is gone)

local id, presented, nonce, idle, grace, late, retain, report = unpack(ARGV, 4, 11)
presented, idle, grace = tonumber(presented), tonumber(idle), tonumber(grace)
late, retain = tonumber(late), tonumber(retain)

local GONE, ADVANCED, RETRIED, REUSED, AHEAD = 0, 1, 2, 3, 4
local key = session_key(id)
local h = load(key)

local function reply(outcome) return ok(outcome, redis.call('HGETALL', key)) end

local before = answered(h, nonce)
if before then return reply(before) end
if not live(h, id) then return ok(GONE) end

local generation, age = tonumber(h.g), now - h.r
if presented >= generation then
  local outcome = presented == generation and ADVANCED or AHEAD
  local idle_at = math.min(now + idle, tonumber(h.x))
  redis.call('HDEL', key, 'ip', 'ua', 'ua1', 'ua2', 'ua3', 'e')
  redis.call('HSET', key, 'g', presented + 1, 'r', now, 'u', now, 'i', idle_at,
    'n', nonce .. outcome, unpack(ARGV, 12))
  redis.call('PEXPIRE', key, idle_at - now + slack)
  return reply(outcome)
end

local unseen = tonumber(h.f or 0) ~= generation and age < late
if presented == generation - 1 and grace > 0 and (age <= grace or unseen) then
  return reply(RETRIED)
end

if report ~= '1' then
  put_tombstone(h, id, retain, nonce, REUSED, 'reuse')
  trim(retain)
end
return reply(REUSED)

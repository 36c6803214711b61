-- rotate presents a refresh generation; session.Outcome documents the rules. Run again with
-- the same nonce, it gives the same answer.
--
-- KEYS[1], KEYS[2], ARGV[1..3]  see head.lua and gate.lua
-- KEYS[3]  the session: see session.lua
-- ARGV[4]  session id
-- ARGV[5]  its creation time, ms
-- ARGV[6]  start of the key of a subject's list
-- ARGV[7]  generation presented
-- ARGV[8]  nonce of the call
-- ARGV[9]  idle ttl, ms
-- ARGV[10] grace, ms
-- ARGV[11] late retry, ms
-- ARGV[12] latest exp of the next access token: s
-- ARGV[13] 1: report reuse without ending the session
-- ARGV[14] client
-- ARGV[15] how many generations in a row may be retried late
-- Reply    OK, clock, now, outcome; if there is a session: its text, 1 if the subject's list is
--          up to date

local GONE, ADVANCED, RETRIED, REUSED, AHEAD = 0, 1, 2, 3, 4
local key = KEYS[3]
local id, created, nonce, z = ARGV[4], ARGV[5], ARGV[8], tonumber(ARGV[12])

local text = call('GET', key)
local c, g, r, i, x, at_z, old_z, f, l, behind, n, s, d, e, at
if text then
  c, g, r, i, x, at_z, old_z, f, l, behind, n, s, d, e, at =
    text:match('^(%d+) (%d+) (%d+) %d+ (%d+) (%d+) ()(%d+) (%d+) (%d+)() (%S+) (%d+) (%d+) (%d+)\n()')
end
local subject = c and text:sub(at, at + s - 1) or ''
local m = call('HMGET', shard, 'e', 'a', 'z', 'u:' .. subject)
local no = closed(m[1])
if no then return no end

if not c and text then
  local before, length, more = text:match('^! %d+ %d+ (%S+) %S+ (%d+)\n()')
  if before == nonce .. REUSED then return {'OK', clock, now, REUSED, text:sub(more + length), 0} end
end
if c and n:sub(1, -2) == nonce then return {'OK', clock, now, tonumber(n:sub(-1)), text, 0} end

local start = tonumber(created)
local age = now - start
if age < 0 then age = 0 end -- a session may begin slightly ahead of the clock
if c ~= created or age >= tonumber(i)
  or m[2] and ends(m[2], start, id) or m[4] and ends(m[4], start, id) then
  -- A server that may not write, because another one has taken over, must not say this.
  call('HDEL', shard, '-')
  return {'OK', clock, now, GONE}
end

-- write replaces the session, also on a full server: one that ends, or lives on, is no more.
local function write(...)
  local done = redis.pcall('SET', key, ...)
  if done.err then
    call('HDEL', shard, '-') -- see free in log.lua
    call('SET', key, ...)
  end
end

-- listed writes to the subject's list, which the script could not declare. The key may be on
-- another server if the slot is being moved: the caller then does it. XX and ZREM make no key.
local function listed(...)
  return redis.pcall(...) == 1 and 1 or 0
end

local presented, generation = tonumber(ARGV[7]), tonumber(g)
old_z = tonumber(old_z)
if z < old_z then z = old_z end

if presented >= generation then
  local outcome = presented == generation and ADVANCED or AHEAD
  local idle_at, client, rest = age + ARGV[9], ARGV[14], at + s + d
  if idle_at > tonumber(x) then idle_at = tonumber(x) end
  text = c .. ' ' .. presented + 1 .. ' ' .. age .. ' ' .. age .. ' ' .. idle_at .. ' ' .. x .. ' ' .. z .. ' 0 ' ..
    (outcome == ADVANCED and l % 2 == 1 and l + 1 or 0) .. ' ' .. nonce .. outcome .. ' ' ..
    s .. ' ' .. #client .. ' ' .. e .. '\n' .. subject .. client .. text:sub(rest)
  write(text, 'PX', start + idle_at - now + slack)
  if z > tonumber(m[3] or 0) then call('HSET', shard, 'z', math.ceil(z / 60) * 60) end
  local done = idle_at == tonumber(i) and 1
    or listed('ZADD', ARGV[6] .. subject, 'XX', 'CH', start + idle_at, id)
  return {'OK', clock, now, outcome, text, done}
end

local since, grace = age - r, tonumber(ARGV[10])
local late = since > grace
local excused = not late or tonumber(f) ~= generation and since < tonumber(ARGV[11]) and tonumber(l) < 2 * ARGV[15]
if presented == generation - 1 and grace > 0 and excused then
  local first = late and l % 2 == 0
  if first then l = l + 1 end
  if z > old_z or first then
    text = text:sub(1, at_z - 1) .. z .. ' ' .. f .. ' ' .. l .. text:sub(behind)
    write(text, 'KEEPTTL')
    if z > tonumber(m[3] or 0) then call('HSET', shard, 'z', math.ceil(z / 60) * 60) end
  end
  return {'OK', clock, now, RETRIED, text, 1}
end

if ARGV[13] == '1' then return {'OK', clock, now, REUSED, text, 1} end
call('HDEL', shard, '-') -- see free in log.lua
local position = call('XADD', KEYS[2], '*', 'x', math.max(old_z, math.ceil(now / 1000)), 's', id)
write('! ' .. c .. ' ' .. g .. ' ' .. nonce .. REUSED .. ' ' .. position .. ' 5\nreuse' .. text,
  'PX', math.max(0, old_z * 1000 - now) + afterlife + slack)
return {'OK', clock, now, REUSED, text, listed('ZREM', ARGV[6] .. subject, id)}

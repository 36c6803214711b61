-- create begins a session. Run again with the same tail, it gives the same answer, with the
-- sessions that are over the limit by then.
--
-- KEYS[1], KEYS[2], ARGV[1..3]  see head.lua and gate.lua
-- KEYS[3]  the session
-- KEYS[4]  the subject's list: session ids by idle limit, and perhaps the mark "#"
-- KEYS[5]  the list that a cut-off has ended, for cleaning
-- ARGV[4]  tail of the id
-- ARGV[5]  subject
-- ARGV[6]  when the login began: us, or ""
-- ARGV[7]  idle ttl, ms
-- ARGV[8]  longest life, ms
-- ARGV[9]  latest exp of the first access token: s
-- ARGV[10] limit of live sessions of the subject, this one included; 0: no limit
-- ARGV[11] 1: refuse over the limit
-- ARGV[12] number of sessions over the limit that are named at most
-- ARGV[13], ARGV[14] client and data, see session.lua
-- ARGV[15] how long before it was sent the login began: us
-- Reply    OK, clock, now, creation time in ms, ids of sessions over the limit...; or
--          {"TAKEN", clock, now}: the tail is that of another subject's session
--          {"LIMIT", clock, now}
--          {"OVERTAKEN", clock, now, time of the cut-off in us, or 0}
--
-- The mark says up to which cut-off the list was emptied: its score is marks plus the time of
-- the cut-off. A list with an earlier mark holds only what a later cut-off has ended.

local key, list, ended = KEYS[3], KEYS[4], KEYS[5]
local tail, subject, began, idle, life, z, limit, refuse, most, client, data, ago = unpack(ARGV, 4, 15)
idle, life, z, limit, most = tonumber(idle), tonumber(life), tonumber(z), tonumber(limit), tonumber(most)
local marks = 1e15

local known = call('GET', key)
local m = call('HMGET', shard, 'e', 'a', 'n', 'z', 'y', 'u:' .. subject)
local no = closed(m[1])
if no then return no end

local digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

local function name(ms)
  local s = ''
  for _ = 1, 8 do
    local digit = ms % 64
    s = digits:sub(digit + 1, digit + 1) .. s
    ms = (ms - digit) / 64
  end
  return s .. tail
end

-- reply names the sessions that would idle out first, if there are too many.
local function reply(created, id, live)
  local r = {'OK', clock, now, created}
  local excess = limit > 0 and math.min(live - limit, most) or 0
  if excess <= 0 then return r end
  for _, other in ipairs(call('ZRANGEBYSCORE', list, '(' .. now, '(1e15', 'LIMIT', 0, excess + 1)) do
    if other ~= id and #r < 4 + excess then r[#r + 1] = other end
  end
  return r
end

-- later reports whether an id's time is after that in the first 8 characters of another.
local function later(id, last)
  for i = 1, 8 do
    local a, b = digits:find(id:sub(i, i), 1, true), digits:find(last:sub(i, i), 1, true)
    if a ~= b then return a > b end
  end
  return false
end

local ttl -- of the list

-- count drops dead sessions from the list, some at a time, and returns the number of live ones.
-- A list without live ones may be gone afterwards, and its ttl with it.
local function count()
  local n = call('ZCOUNT', list, '(' .. now, '(1e15')
  if n == 0 then ttl = 0 end
  local dead = call('ZCOUNT', list, '-inf', now)
  if dead > 0 then call('ZREMRANGEBYRANK', list, 0, math.min(dead, 200) - 1) end
  return n
end

-- prune takes the sessions that a cut-off of the past has ended out of the list: up to 200 of
-- them, and more at the next login. They are not cleaned; w in gate.lua has more about that.
local function prune(c)
  local mark = call('ZSCORE', list, '#')
  if mark and mark - marks >= c.at then return end
  local last = name(c.at):sub(1, 8)
  local ids = call('ZRANGEBYSCORE', list, '-inf', '(1e15', 'LIMIT', 0, 200)
  for _, id in ipairs(ids) do
    if id ~= c.except and not later(id, last) then
      call('ZREM', list, id)
      if c.own then call('HSET', shard, 'w:' .. subject, 1) end
    end
  end
  if #ids == 200 then return end
  call('ZADD', list, marks + c.at, '#')
  if ttl > 0 then call('PEXPIRE', list, ttl) end
end

if known then
  local s, at = known:match('^%d+ %d+ %d+ %d+ %d+ %d+ %d+ %d+ %d+ %S+ (%d+) %d+ %d+\n()')
  if s and known:sub(at, at + s - 1) ~= subject then return {'TAKEN', clock, now} end
  local created = tonumber(known:match('^!? ?(%d+)'))
  return reply(created, name(created), count())
end

-- A full server refuses this, which writes nothing, and so the login. What follows may free
-- memory, after which the server would take any write of the script.
call('SET', key, '', 'XX')

-- A cut-off is kept at least that long. Whether there was an earlier one is not known.
if began ~= '' then began = math.min(tonumber(began), us - ago) end
if began ~= '' and began < us - afterlife * 1000 then return {'OVERTAKEN', clock, now, 0} end

-- Later than every cut-off, even within the same millisecond.
local created, cutoff, except, all, past = now, 0, '-', 0, {}
local everybody = 0 -- the time of the cut-off of all
for i, text in ipairs({m[2] or false, m[6] or false}) do
  if text then
    local at, spared, t, n = text:match('^(%d+) (%S+) (%d+) %S+ (%S+) ')
    at = tonumber(at)
    if began ~= '' and began < tonumber(t) then return {'OVERTAKEN', clock, now, tonumber(t)} end
    if i == 1 then everybody = at end
    -- The one to be spared may have ended with everybody.
    if i == 2 and spared ~= '-' and not later(spared, name(everybody):sub(1, 8)) then call('ZREM', list, spared) end
    if n == 'past' then
      past[#past + 1] = {at = at, except = spared, own = i == 2}
    else
      if i == 1 then all = at end
      if at >= cutoff then cutoff, except = at, spared end
    end
    created = math.max(created, at + 1)
  end
end

ttl = call('PTTL', list)
if cutoff > 0 then
  local mark = call('ZSCORE', list, '#')
  if not mark or mark - marks < cutoff then
    local score = except ~= '-' and call('ZSCORE', list, except)
    if score then call('ZREM', list, except) end
    -- What the cut-off of all has ended is not counted with the subject's: see detach.lua.
    if (mark or marks) - marks < all then
      call('UNLINK', list)
    elseif call('EXISTS', ended) == 1 then
      if call('ZCOUNT', list, '-inf', '(1e15') > 0 then call('HSET', shard, 'w:' .. subject, 1) end
      call('UNLINK', list)
    elseif call('EXISTS', list) == 1 then
      call('RENAME', list, ended)
      call('ZADD', ended, marks + cutoff, '#')
    end
    call('ZADD', list, marks + cutoff, '#')
    if score then call('ZADD', list, score, except) end
    if ttl > 0 then call('PEXPIRE', list, ttl) end
  end
end

for _, c in ipairs(past) do prune(c) end

local live = 0
if ttl ~= -2 then live = count() end
if refuse == '1' and limit > 0 and live >= limit then return {'LIMIT', clock, now} end

local id, idle_at = name(created), created + math.min(idle, life)
call('SET', key, string.format('%.0f 1 0 0 %.0f %.0f %.0f 0 0 - %d %d %d\n', created, idle_at - created, life, z,
  #subject, #client, #data) .. subject .. client .. data, 'PX', idle_at - now + slack)
call('ZADD', list, idle_at, id)
if ttl < created + life - now + slack then call('PEXPIRE', list, created + life - now + slack) end

-- What the shard's hash remembers only grows. The creation time is there because the next
-- cut-off must not be earlier, although the clock may be set back.
local set = {}
if created > tonumber(m[3] or 0) then set = {'n', created} end
if z > tonumber(m[4] or 0) then set[#set + 1], set[#set + 2] = 'z', math.ceil(z / 60) * 60 end
if created + life > tonumber(m[5] or 0) then
  set[#set + 1], set[#set + 2] = 'y', math.ceil((created + life) / 3600000) * 3600000
end
if #set > 0 then call('HSET', shard, unpack(set)) end
return reply(created, id, live + 1)

-- The prelude stands in front of every script but open.lua: time, the gate, and
-- what the scripts share. Each script touches the keys of one shard only and
-- makes their names from KEYS[1], so they all lie in one slot.
--
-- KEYS[1]  base of the shard's keys, "<prefix>:{n}"
-- ARGV[1]  the time in ms that tests put in place of the clock's, or ""
-- ARGV[2]  deadline in ms of the server's clock: past it nothing is done
-- ARGV[3]  number of shards that the caller works with
--
-- Every reply begins with a status and the server's clock in ms:
-- {"OK", clock, now, ...}, or, nothing having been done, {"LATE", clock},
-- {"CLOSED", clock} (no epoch: run open.lua first) or {"SHARDS", clock}.

local base = KEYS[1]
local slack = 60000 -- ms that keys outlive their content: expiry by Redis only tidies up

local time = redis.call('TIME')
local clock = time[1] * 1000 + math.floor(time[2] / 1000)
local now = clock
if ARGV[1] ~= '' then now = tonumber(ARGV[1]) end

if clock > tonumber(ARGV[2]) then return {'LATE', clock} end
local epoch = redis.call('GET', base .. ':epoch')
if not epoch then return {'CLOSED', clock} end
if epoch:match('^%d+') ~= ARGV[3] then return {'SHARDS', clock} end

local function ok(...) return {'OK', clock, now, ...} end

-- Ids: 8 characters of time, then the tail that a session is stored under.

local digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

local function begun(id)
  local ms = 0
  for i = 1, 8 do ms = ms * 64 + digits:find(id:sub(i, i), 1, true) - 1 end
  return ms
end

local function session_key(id) return base .. ':session:' .. id:sub(9) end
local function subject_key(subject) return base .. ':subject:' .. subject end

local function load(key)
  local h, flat = {}, redis.call('HGETALL', key)
  for i = 1, #flat, 2 do h[flat[i]] = flat[i + 1] end
  return h
end

-- Cut-offs: "at except nonce result position"; nonce and result belong to the call
-- that wrote it, which may come again, position is where the log says so.

local function cutoff(key)
  local value = redis.call('GET', key)
  if not value then return {at = 0, except = '', nonce = '', result = 0} end
  local at, except, nonce, result, position = value:match('^(%d+) (%S*) (%S*) (%d+) (%S*)$')
  return {at = tonumber(at), except = except, nonce = nonce, result = tonumber(result), position = position}
end

local function put_cutoff(key, c, nonce, result, position)
  redis.call('SET', key, string.format('%.0f %s %s %.0f %s', c.at, c.except, nonce, result, position))
end

-- at is 0 where there is no cut-off, as nearly always: then the id need not be read.
local function kills(c, id) return c.at > 0 and begun(id) <= c.at and id ~= c.except end

-- merge is session.Cutoff.Merge.
local function merge(c, d)
  if d.at < c.at then c, d = d, c end
  if c.at == d.at and c.except ~= d.except then return {at = c.at, except = ''} end
  if d.except ~= '' and kills(c, d.except) then return {at = d.at, except = ''} end
  return {at = d.at, except = d.except}
end

local all_key = base .. ':cutoff'
local function cutoff_key(subject) return base .. ':cutoff:' .. subject end

-- live: alive means present (with a generation), under this very id, before its
-- deadline (i never lies behind x), and begun after every cut-off that covers it.
local function live(h, id)
  return h.g and tonumber(h.c) == begun(id) and now < tonumber(h.i)
    and not kills(cutoff(all_key), id) and not kills(cutoff(cutoff_key(h.sub)), id)
end

-- answered: the outcome that a call with this nonce was given before, or nil.
local function answered(h, nonce)
  if h.n and h.n:sub(1, -2) == nonce then return tonumber(h.n:sub(-1)) end
end

-- until_second is when a revocation of now has outlived the last token that it
-- covers: to the second, rounded up.
local function until_second(retain) return math.ceil((now + retain) / 1000) end

-- append writes a log entry and returns where it stands.
local function append(retain, ...)
  return redis.call('XADD', base .. ':log', '*', 'x', until_second(retain), ...)
end

-- lost: the entry at a position is not in the log. Asked only when entries are
-- restored: somebody may have dropped the log and left the rest.
local function lost(position)
  return not position or position == '' or #redis.call('XRANGE', base .. ':log', position, position) == 0
end

-- trim drops log entries that are twice as old as any token that they cover. How long
-- that is may differ from call to call: the longest is kept for as long as its entry is.
local function trim(retain)
  local key = base .. ':retain'
  local longest = tonumber(redis.call('GET', key) or 0)
  if retain >= longest then
    redis.call('SET', key, string.format('%.0f', retain), 'PX', string.format('%.0f', 2 * retain + slack))
  end
  retain = math.max(retain, longest)
  local from = string.format('%.0f', math.max(0, clock - 2 * retain))
  redis.call('XTRIM', base .. ':log', 'MINID', '~', from)
end

-- bury makes a tombstone of a session, present or not, and says so in the log: no
-- generation any more, the reason, and the rest kept to answer the same call again.
local function bury(h, id, retain, nonce, outcome, reason)
  local key = session_key(id)
  redis.call('HSET', key, 'c', begun(id), 'v', now, 'n', nonce .. outcome, 'p', append(retain, 's', id))
  if h.g then
    redis.call('HSET', key, 'k', h.g, 'w', reason)
    redis.call('HDEL', key, 'g')
    redis.call('ZREM', subject_key(h.sub), id)
  end
  redis.call('PEXPIRE', key, retain + slack)
end

-- finish ends a session and says so in the log, unless a tombstone shows that
-- this has been done. It returns how many live sessions that were, 0 or 1. An id
-- whose tail belongs to a session begun at another time names nothing.
local function finish(h, id, retain, nonce, reason, restoring)
  if h.c and tonumber(h.c) ~= begun(id) then return 0 end
  if h.v then
    if restoring and lost(h.p) then
      redis.call('HSET', session_key(id), 'p', append(retain, 's', id))
    end
    return 0
  end
  local count = live(h, id) and 1 or 0
  bury(h, id, retain, nonce, count, reason)
  return count
end

-- finish_token ends one access token of a live session; if the session is not
-- alive, all of it.
local function finish_token(h, id, token, retain, nonce, reason, restoring)
  if not live(h, id) then return finish(h, id, retain, nonce, reason, restoring) end
  local key = session_key(id)
  for field, value in pairs(h) do
    if field:sub(1, 2) == 't:' then
      local till, by, position = value:match('^(%d+) (%S*) (%S*)$')
      if tonumber(till) <= now then
        redis.call('HDEL', key, field)
      elseif field == 't:' .. token and not (restoring and lost(position)) then
        return by == nonce and 1 or 0
      end
    end
  end
  local position = append(retain, 't', id .. token)
  redis.call('HSET', key, 't:' .. token,
    string.format('%.0f %s %s', until_second(retain) * 1000, nonce, position))
  return 1
end

local function moved(old, new) return new.at ~= old.at or new.except ~= old.except end

-- cut_subject merges a cut-off into a subject's and ends the sessions that it
-- covers, leaving how they ended. It returns how many of them were live.
local function cut_subject(subject, c, retain, nonce, reason, restoring)
  local key = cutoff_key(subject)
  local old = cutoff(key)
  local new = merge(old, c)
  local count = 0
  for _, id in ipairs(redis.call('ZRANGE', subject_key(subject), 0, -1)) do
    if kills(new, id) then
      local key = session_key(id)
      local h = load(key)
      redis.call('UNLINK', key)
      if live(h, id) then
        count = count + 1
        redis.call('HSET', key, 'c', h.c, 'k', h.g, 'w', reason)
        redis.call('PEXPIRE', key, retain + slack)
      end
      redis.call('ZREM', subject_key(subject), id)
    end
  end
  local position = old.position or ''
  if count > 0 or moved(old, new) or restoring and lost(position) then
    position = append(retain, 'u', subject, 'c', c.at .. ' ' .. c.except)
  end
  local ttl = math.max(redis.call('PTTL', key), retain + slack)
  put_cutoff(key, new, nonce, count, position)
  redis.call('PEXPIRE', key, ttl)
  return count
end

-- cut_all moves the shard's cut-off. It never expires: the sessions that it kills
-- are found dead when they are looked at.
local function cut_all(c, retain, nonce, restoring)
  local old = cutoff(all_key)
  local new = merge(old, c)
  local position = old.position or ''
  if moved(old, new) or restoring and lost(position) then
    position = append(retain, 'a', c.at .. ' ' .. c.except)
  end
  put_cutoff(all_key, new, nonce, old.at, position)
  return new
end

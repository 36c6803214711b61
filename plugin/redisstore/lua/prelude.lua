-- The prelude comes before every script except open.lua: the time, the gate, and shared
-- functions. Each script touches the keys of one shard only and makes their names from
-- KEYS[1], so all of them are in one slot.
--
-- KEYS[1]  base of the shard's keys, "<prefix>:{n}"
-- ARGV[1]  time in ms that replaces the clock in tests, or ""
-- ARGV[2]  deadline, ms of the server's clock; after it the script does nothing
-- ARGV[3]  the caller's number of shards
--
-- Every reply begins with a status and the server's clock in ms: {"OK", clock, now, ...}. A
-- script that did nothing replies {"LATE", clock}, {"CLOSED", clock} (no epoch: run open.lua
-- first) or {"SHARDS", clock} (the epoch has another number of shards).

local base = KEYS[1]
local slack = 60000 -- ms that keys outlive their content; their expiry only frees memory

local time = redis.call('TIME')
local clock = time[1] * 1000 + math.floor(time[2] / 1000)
local now = clock
if ARGV[1] ~= '' then now = tonumber(ARGV[1]) end

if clock > tonumber(ARGV[2]) then return {'LATE', clock} end
local epoch = redis.call('GET', base .. ':epoch')
if not epoch then return {'CLOSED', clock} end
if epoch:match('^%d+') ~= ARGV[3] then return {'SHARDS', clock} end

local function ok(...) return {'OK', clock, now, ...} end

-- Ids: 8 characters of creation time, then the tail that names the session's key.

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

-- Cut-offs: "at except nonce result position". nonce and result are those of the call that
-- wrote the cut-off, in case it is sent again; position is its entry in the log.

local function cutoff(key)
  local value = redis.call('GET', key)
  if not value then return {at = 0, except = '', nonce = '', result = 0} end
  local at, except, nonce, result, position = value:match('^(%d+) (%S*) (%S*) (%d+) (%S*)$')
  return {at = tonumber(at), except = except, nonce = nonce, result = tonumber(result), position = position}
end

local function put_cutoff(key, c, nonce, result, position)
  redis.call('SET', key, string.format('%.0f %s %s %.0f %s', c.at, c.except, nonce, result, position))
end

-- at is 0 if there is no cut-off, which is the usual case: the id is then not decoded.
local function ends(c, id) return c.at > 0 and begun(id) <= c.at and id ~= c.except end

-- merge is session.Cutoff.Merge.
local function merge(c, d)
  if d.at < c.at then c, d = d, c end
  if c.at == d.at and c.except ~= d.except then return {at = c.at, except = ''} end
  if d.except ~= '' and ends(c, d.except) then return {at = d.at, except = ''} end
  return {at = d.at, except = d.except}
end

local all_key = base .. ':cutoff'
local function cutoff_key(subject) return base .. ':cutoff:' .. subject end

-- live: a session is alive if it has a generation, has this very id, is before its deadline
-- (i is never after x), and began after every cut-off that covers it.
local function live(h, id)
  return h.g and tonumber(h.c) == begun(id) and now < tonumber(h.i)
    and not ends(cutoff(all_key), id) and not ends(cutoff(cutoff_key(h.sub)), id)
end

-- answered returns the outcome of an earlier run with this nonce, or nil.
local function answered(h, nonce)
  if h.n and h.n:sub(1, -2) == nonce then return tonumber(h.n:sub(-1)) end
end

-- until_second returns the expiry of a revocation that happens now, when the last token it
-- covers has expired: in seconds, rounded up.
local function until_second(retain) return math.ceil((now + retain) / 1000) end

-- append writes a log entry and returns its position.
local function append(retain, ...)
  return redis.call('XADD', base .. ':log', '*', 'x', until_second(retain), ...)
end

-- lost reports whether the log lacks the entry at a position. It matters only when entries
-- are restored: the log may have been deleted while the other keys are still there.
local function lost(position)
  return not position or position == '' or #redis.call('XRANGE', base .. ':log', position, position) == 0
end

-- trim drops log entries that are older than twice the longest retain. Calls may differ in
-- their retain; the longest one counts for as long as its entry is in the log.
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

-- put_tombstone turns a session, present or not, into a tombstone and writes a log entry. A tombstone
-- has no generation and has the reason; the other fields stay, to answer the same call again.
local function put_tombstone(h, id, retain, nonce, outcome, reason)
  local key = session_key(id)
  redis.call('HSET', key, 'c', begun(id), 'v', now, 'n', nonce .. outcome, 'p', append(retain, 's', id))
  if h.g then
    redis.call('HSET', key, 'k', h.g, 'w', reason)
    redis.call('HDEL', key, 'g')
    redis.call('ZREM', subject_key(h.sub), id)
  end
  redis.call('PEXPIRE', key, retain + slack)
end

-- end_session ends a session and writes a log entry, unless there is a tombstone already. It
-- returns the number of live sessions ended, 0 or 1. An id with the right tail but another
-- creation time names no session.
local function end_session(h, id, retain, nonce, reason, restoring)
  if h.c and tonumber(h.c) ~= begun(id) then return 0 end
  if h.v then
    if restoring and lost(h.p) then
      redis.call('HSET', session_key(id), 'p', append(retain, 's', id))
    end
    return 0
  end
  local count = live(h, id) and 1 or 0
  put_tombstone(h, id, retain, nonce, count, reason)
  return count
end

-- end_token ends one access token of a live session. If the session is not alive, it ends
-- the session.
local function end_token(h, id, token, retain, nonce, reason, restoring)
  if not live(h, id) then return end_session(h, id, retain, nonce, reason, restoring) end
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

-- end_subject merges a cut-off into the subject's and ends the sessions that it covers,
-- keeping how they ended. It returns the number of live ones.
local function end_subject(subject, c, retain, nonce, reason, restoring)
  local key = cutoff_key(subject)
  local old = cutoff(key)
  local new = merge(old, c)
  local count = 0
  for _, id in ipairs(redis.call('ZRANGE', subject_key(subject), 0, -1)) do
    if ends(new, id) then
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

-- end_all moves the shard's cut-off. It never expires: a session that it covers is found
-- dead when it is next read.
local function end_all(c, retain, nonce, restoring)
  local old = cutoff(all_key)
  local new = merge(old, c)
  local position = old.position or ''
  if moved(old, new) or restoring and lost(position) then
    position = append(retain, 'a', c.at .. ' ' .. c.except)
  end
  put_cutoff(all_key, new, nonce, old.at, position)
  return new
end

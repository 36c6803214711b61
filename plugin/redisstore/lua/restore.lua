-- restore puts back log entries that the server may have lost, and announces that somebody
-- does. An entry that is still in force is not appended again, unless only the log has lost it.
--
-- KEYS[1], KEYS[2], ARGV[1..3]  see head.lua and gate.lua
-- KEYS[3...] the sessions of the entries, in order; entries of cut-offs have none
-- ARGV[4]  how long the announcement lasts, ms
-- ARGV[5]  start of the key of a subject's list
-- ARGV[6...] entries of five arguments: the kind's letter as in the log, its value, creation
--            time of the session or time of the cut-off, both ms, id of the spared session or
--            "-", until when it counts: s
-- Reply      OK, clock, now

local m = call('HMGET', shard, 'e', 'a', 'y', 'n')
local no = closed(m[1])
if no then return no end
free()
trim()
call('HSET', shard, 'h', now + ARGV[4])

local function session(key, kind, value, created, x)
  local id, text = value:sub(1, 22), call('GET', key)
  if not text then -- the usual case after a loss, and so the one that has to be quick
    local position = append(x, 's', id)
    call('SET', key, '! ' .. created .. ' 0 - ' .. position .. ' 0\n', 'PX', x * 1000 - now + afterlife + slack)
    return
  end
  local s, t = live(text), tombstone(text)
  local alive = s and is_live(s, id, created, m[2], call('HGET', shard, 'u:' .. s.subject))
  if kind == 't' and alive then
    end_token(key, s, id, value:sub(23), x, '-', true)
  else
    end_session(key, s, t, {id = id, created = created, lists = ARGV[5], live = alive, x = x,
      reason = '', restoring = true})
  end
end

local function cutoff(kind, value, at, except, x)
  local field = kind == 'u' and 'u:' .. value or 'a'
  local old = parse(call('HGET', shard, field))
  local t = math.min(at * 1000 + 999, us) -- some moment of its millisecond
  if old.at == at then t = old.t end -- it is in force, and its moment is known exactly
  local count = old.count
  if at > old.at then count = at < tonumber(m[4] or 0) and 'past' or '-' end -- see gate.lua
  cut(field, old, {at = at, except = except, t = t, nonce = old.nonce, count = count,
    till = math.max(x * 1000 + afterlife, tonumber(m[3] or 0)), reason = old.reason},
    x, true, kind, kind == 'u' and value or nil)
  if kind == 'a' then m[2] = call('HGET', shard, 'a') end
end

local key = 2
for i = 6, #ARGV, 5 do
  local kind, value, at, except, x = unpack(ARGV, i, i + 4)
  at, x = tonumber(at), tonumber(x)
  local counts = x * 1000 + afterlife > now -- otherwise all that it covers has expired
  if kind == 's' or kind == 't' then
    key = key + 1
    if counts then session(KEYS[key], kind, value, at, x) end
  elseif counts then
    cutoff(kind, value, at, except, x)
  end
end
return {'OK', clock, now}

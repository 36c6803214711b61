-- tombs follows log and session in scripts that end one session or one token.

-- listed writes to a subject's list, which the script could not declare. It returns 1 if it
-- has written. On a Cluster whose slot is being moved the key may be on another server: the
-- caller then sends the command by itself. ZREM makes no key.
local function listed(...)
  return redis.pcall(...) == 1 and 1 or 0
end

-- is_live reports whether a session with this creation time is before its idle limit, and
-- began after the cut-offs of all and of its subject.
local function is_live(s, id, created, all, own)
  return s and s.c == created and now < s.c + s.i and not ends(all, created, id) and not ends(own, created, id)
end

-- answered returns the outcome of an earlier run with this nonce, or nil.
local function answered(t, nonce)
  if t and t.n:sub(1, -2) == nonce then return tonumber(t.n:sub(-1)) end
end

-- end_session puts a tombstone in the place of a session, present or not, and writes a log
-- entry, unless there is one already. It returns the number of live sessions ended, and 1 if
-- the subject's list no longer has the session. An id with the right tail but another creation
-- time names no session.
local function end_session(key, s, t, o)
  local c = s and s.c or t and t.c
  if c and c ~= o.created then return 0, 1 end
  if t and (t.p ~= '-' and not (o.restoring and lost(t.p))) then return 0, 1 end
  local count = o.live and 1 or 0
  local position = append(o.x, 's', o.id)
  local g, reason = s and s.g or t and t.g or '0', s and o.reason or t and t.reason or ''
  local text = stone(o.created, g, o.nonce and o.nonce .. count or '-', position, reason, s and s.subject or '')
  call('SET', key, text, 'PX', math.max(0, o.x * 1000 - now) + afterlife + slack)
  if not s or now >= s.c + s.i then return count, 1 end
  return count, listed('ZREM', o.lists .. s.subject, o.id)
end

-- end_token ends one access token of a live session. A token counts as revoked as long as its
-- line is there.
local function end_token(key, s, id, token, x, nonce, restoring)
  local kept = {}
  for line in s.tokens:gmatch('[^\n]+\n') do
    local other, till, by, position = line:match('^(%S+) (%d+) (%S+) (%S+)')
    if other == token then
      if not (restoring and lost(position)) then return by == nonce and 1 or 0 end
    elseif till * 1000 + afterlife > now then
      kept[#kept + 1] = line
    end
  end
  kept[#kept + 1] = string.format('%s %.0f %s %s\n', token, x, nonce, append(x, 't', id .. token))
  call('SET', key, s.head .. table.concat(kept), 'KEEPTTL')
  return 1
end

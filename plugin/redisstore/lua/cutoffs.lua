-- cutoffs follows gate in scripts that write cut-offs or drop log entries.

local digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

-- begun returns the creation time, in ms, that is in an id's first 8 characters.
local function begun(id)
  local ms = 0
  for i = 1, 8 do ms = ms * 64 + digits:find(id:sub(i, i), 1, true) - 1 end
  return ms
end

local function parse(text)
  if not text then return {at = 0, except = '-', t = 0, nonce = '-', till = 0, count = '-', position = '-', reason = ''} end
  local at, except, t, nonce, count, till, position, reason =
    text:match('^(%d+) (%S+) (%d+) (%S+) (%S+) (%d+) (%S+) (.*)$')
  return {at = tonumber(at), except = except, t = tonumber(t), nonce = nonce, count = count, till = tonumber(till),
    position = position, reason = reason}
end

local function put(field, c)
  call('HSET', shard, field, string.format('%.0f %s %.0f %s %s %.0f %s ',
    c.at, c.except, c.t, c.nonce, c.count, c.till, c.position) .. c.reason)
end

-- merge is session.Cutoff.Merge: it returns the time and the exception of both together.
local function merge(c, d)
  if d.at < c.at then return merge(d, c) end
  if c.at == d.at and c.except ~= d.except then return d.at, '-' end
  if d.except ~= '-' and c.except ~= d.except and begun(d.except) <= c.at then return d.at, '-' end
  return d.at, d.except
end

-- lost reports whether the log lacks the entry at a position. It matters only when entries
-- are put back: the log may have been deleted while the other keys are still there.
local function lost(position)
  return not position or position == '-' or #call('XRANGE', log, position, position) == 0
end

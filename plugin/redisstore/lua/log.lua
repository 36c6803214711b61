-- log follows cutoffs in scripts that write to the log.

-- free is the first write of a script that ends something. It frees nothing, but a full
-- server lets it through, and then the other writes of the script too.
local function free() call('HDEL', shard, '-') end

-- forget drops the cut-off of a subject whose log entry was dropped, if no session is left
-- that it covers. Otherwise it gets a new entry, which lasts that long.
local function forget(subject, position)
  local field = 'u:' .. subject
  local c = parse(call('HGET', shard, field))
  if c.position ~= position then return end
  if c.till <= now then
    call('HDEL', shard, field, 'w:' .. subject)
    return
  end
  c.position = call('XADD', log, '*', 'x', math.ceil((c.till - afterlife) / 1000), 'u', subject,
    'c', string.format('%.0f %s', c.at, c.except))
  put(field, c)
end

-- soonest is when an entry of now may end, in seconds: nodes must have time to read it, although
-- all tokens that it covers may have expired.
local soonest = math.ceil(now / 1000)

-- append writes an entry that counts until x, in seconds, and returns its position.
local function append(x, ...) return call('XADD', log, '*', 'x', x, ...) end

-- trim drops the oldest entries if their time is over: a few, but more than a script that ends
-- something writes, so that the log shrinks.
local function trim()
  for _, entry in ipairs(call('XRANGE', log, '-', '+', 'COUNT', 4)) do
    local fields = {}
    for i = 1, #entry[2], 2 do fields[entry[2][i]] = entry[2][i + 1] end
    if fields.x * 1000 + afterlife > now then break end
    call('XDEL', log, entry[1])
    if fields.u then forget(fields.u, entry[1]) end
  end
end

-- cut merges a cut-off into the one of a field and returns the result. The log gets an entry;
-- restoring writes one only if that changes something, or the log lacks it. c has the fields of a
-- cut-off; kind and value begin the entry.
local function cut(field, old, c, x, restoring, kind, value)
  local at, except = merge(old, c)
  local position = old.position
  if not restoring or at ~= old.at or except ~= old.except or lost(position) then
    local text = string.format('%.0f %s', at, except)
    if value then
      position = append(x, kind, value, 'c', text)
    else
      position = append(x, kind, text)
    end
  end
  put(field, {at = at, except = except, t = math.max(old.t, c.t), nonce = c.nonce, count = c.count or '-',
    till = math.max(old.till, c.till), position = position, reason = c.reason})
  return at
end

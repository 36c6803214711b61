-- detach takes the sessions that a cut-off has ended out of a subject's list, all at once, and
-- counts those that were alive. They then wait in another list for cleaning.
--
-- KEYS[1], KEYS[2], ARGV[1..3]  see head.lua and gate.lua
-- KEYS[3]  the subject's list; see create.lua about its mark
-- KEYS[4]  the list that a cut-off has ended. Its mark says which one, until it was counted.
-- ARGV[4]  subject
-- ARGV[5]  time of the call that wrote the cut-off: ms
-- ARGV[6]  time of the cut-off, and of the one before: ms
-- ARGV[7]
-- ARGV[8]  nonce of the call; with it, another run gives the same answer
-- Reply    OK, clock, now, number of sessions that were alive then

local list, ended = KEYS[3], KEYS[4]
local m = call('HMGET', shard, 'e', 'a', 'u:' .. ARGV[4])
local no = closed(m[1])
if no then return no end

local marks, cutoff, except, all = 1e15, 0, '-', 0
local everybody, own = parse(m[2]), parse(m[3])
for _, c in ipairs({everybody, own}) do
  local at = c.count == 'past' and 0 or c.at
  if c == everybody then all = at end
  if at >= cutoff then cutoff, except = at, c.except end
end
local alive = '(' .. ARGV[5]
if own.nonce == ARGV[8] and own.count:match('^%d+$') then return {'OK', clock, now, tonumber(own.count)} end

call('HDEL', shard, '-') -- see free in log.lua
-- The one to be spared may have ended with everybody.
if own.except ~= '-' and begun(own.except) <= everybody.at then call('ZREM', list, own.except) end
local count = 0
if tonumber(call('ZSCORE', ended, '#') or 0) == marks + ARGV[6] then
  count = call('ZCOUNT', ended, alive, '(1e15') -- a login has set them aside already
end
call('ZREM', ended, '#')

local mark = tonumber(call('ZSCORE', list, '#') or marks) - marks
if mark < cutoff and call('EXISTS', list) == 1 then
  local ttl = call('PTTL', list)
  local score = except ~= '-' and call('ZSCORE', list, except)
  if score then call('ZREM', list, except) end
  -- What an earlier cut-off has ended is not counted again.
  if mark >= all and mark >= tonumber(ARGV[7]) then
    count = count + call('ZCOUNT', list, alive, '(1e15')
  end
  if call('EXISTS', ended) == 1 then
    if mark >= all and call('ZCOUNT', list, '-inf', '(1e15') > 0 then call('HSET', shard, 'w:' .. ARGV[4], 1) end
    call('UNLINK', list)
  elseif call('EXISTS', list) == 1 then
    call('RENAME', list, ended)
    call('ZREM', ended, '#')
  end
  if score then
    call('ZADD', list, score, except, marks + cutoff, '#')
    if ttl > 0 then call('PEXPIRE', list, ttl) end
  end
end
if own.nonce == ARGV[8] and own.count ~= 'past' then
  own.count = count
  put('u:' .. ARGV[4], own)
end
return {'OK', clock, now, count}

-- nodes reads what nodes have announced, and drops records that no longer count.
--
-- KEYS, ARGV[1..3]  see prelude.lua
-- Reply    OK, then for each node its id and its record

local key = base .. ':roster'
local flat, reply = redis.call('HGETALL', key), ok()
for i = 1, #flat, 2 do
  local till, record = flat[i + 1]:match('^(%d+) (.*)$')
  if till and now < tonumber(till) then
    reply[#reply + 1] = flat[i]
    reply[#reply + 1] = record
  else
    redis.call('HDEL', key, flat[i])
  end
end
return reply

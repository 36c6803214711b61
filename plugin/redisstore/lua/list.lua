-- list reads the live sessions of a subject, newest first, and drops dead ones from its
-- list.
--
-- KEYS, ARGV[1..3]  see prelude.lua
-- ARGV[4]  subject
-- Reply    OK, then for each session its id and its hash

local list = subject_key(ARGV[4])
local reply = ok()
for _, id in ipairs(redis.call('ZREVRANGE', list, 0, -1)) do
  if live(load(session_key(id)), id) then
    reply[#reply + 1] = id
    reply[#reply + 1] = redis.call('HGETALL', session_key(id))
  else
    redis.call('ZREM', list, id)
  end
end
return reply

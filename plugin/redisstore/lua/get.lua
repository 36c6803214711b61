-- get reads a live session.
--
-- KEYS, ARGV[1..3]  see prelude.lua
-- ARGV[4]  session id
-- Reply    OK, the session's hash; OK alone if there is no live session

local id = ARGV[4]
if not live(load(session_key(id)), id) then return ok() end
return ok(redis.call('HGETALL', session_key(id)))

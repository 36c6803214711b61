-- ending returns how a session ended.
--
-- KEYS, ARGV[1..3]  see prelude.lua
-- ARGV[4]  session id
-- Reply    OK, the reason or "", the generation; OK alone if the session is alive or unknown

local id = ARGV[4]
local h = load(session_key(id))
if tonumber(h.c or -1) ~= begun(id) then return ok() end
if h.k then return ok(h.w or '', h.k) end
if not h.g or live(h, id) then return ok() end
return ok(now >= tonumber(h.i) and 'expired' or '', h.g)

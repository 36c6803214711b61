-- revoke_session ends a session or one of its access tokens. Run again with the same nonce,
-- it gives the same answer.
--
-- KEYS, ARGV[1..3]  see prelude.lua
-- ARGV[4]  session id
-- ARGV[5]  token id; "": the whole session
-- ARGV[6]  retain, ms
-- ARGV[7]  nonce of the call
-- ARGV[8]  reason, or ""
-- Reply    OK, number of live sessions or tokens ended

local id, token, retain, nonce, reason = unpack(ARGV, 4, 8)
retain = tonumber(retain)
local h = load(session_key(id))
local before = answered(h, nonce)
if before then return ok(before) end
trim(retain)
if token == '' then return ok(end_session(h, id, retain, nonce, reason)) end
return ok(end_token(h, id, token, retain, nonce, reason))

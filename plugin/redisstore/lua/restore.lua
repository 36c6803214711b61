-- restore puts back log entries that the server may have lost. An entry that is still in force
-- is not appended again, unless only the log has lost it.
--
-- KEYS, ARGV[1..3]  see prelude.lua
-- ARGV[4...]  entries of five arguments: the kind's letter as in the log, its value,
--             time of the cut-off in ms, id of the spared session or "", expiry in seconds
-- Reply       OK

for i = 4, #ARGV, 5 do
  local kind, value, at, except, till = unpack(ARGV, i, i + 4)
  local retain = till * 1000 - now
  local c = {at = tonumber(at), except = except}
  if retain <= 0 then
    -- expired: every token it covers has expired too
  elseif kind == 's' then
    end_session(load(session_key(value)), value, retain, '', '', true)
  elseif kind == 't' then
    local id, token = value:sub(1, 22), value:sub(23)
    end_token(load(session_key(id)), id, token, retain, '', '', true)
  elseif kind == 'u' then
    end_subject(value, c, retain, '', '', true)
  elseif kind == 'a' then
    end_all(c, retain, '', true)
  end
end
return ok()

-- bury puts a tombstone in the place of a session that a cut-off has ended.
--
-- KEYS[1]  the session
-- ARGV[1], ARGV[2]  see head.lua
-- ARGV[3]  its creation time, ms
-- ARGV[4]  reason, or ""
-- ARGV[5]  how long to keep that, ms
-- Reply    OK, clock, now

local c, g = (call('GET', KEYS[1]) or ''):match('^(%d+) (%d+) ')
if c == ARGV[3] then
  call('DEL', KEYS[1]) -- first, so that a full server takes the rest; see free in log.lua
  call('SET', KEYS[1], string.format('! %s %s - - %d\n', c, g, #ARGV[4]) .. ARGV[4], 'PX', ARGV[5])
end
return {'OK', clock, now}

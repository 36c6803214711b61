-- confirm records that an access token of the current generation was seen in use. A session
-- that a cut-off has ended stays dead: it is only marked.
--
-- KEYS[1]  the session: see session.lua
-- ARGV[1], ARGV[2]  see head.lua
-- ARGV[3]  its creation time, ms
-- ARGV[4]  generation
-- Reply    OK, clock, now

local text = call('GET', KEYS[1])
if not text then return {'OK', clock, now} end
local c, g, r, i, x, z, n, rest = text:match('^(%d+) (%d+) (%d+) %d+ (%d+) (%d+) (%d+) %d+ (%d+ %S+ %d+ %d+ %d+\n)()')
if c == ARGV[3] and g == ARGV[4] and now - c < tonumber(i) then
  text = string.format('%s %s %s %.0f %s %s %s %s ', c, g, r, math.max(0, now - c), i, x, z, g) .. n .. text:sub(rest)
  if redis.pcall('SET', KEYS[1], text, 'KEEPTTL').err then
    call('PEXPIRE', KEYS[1], c + i - now + 60000) -- a full server takes this, and then the rest
    call('SET', KEYS[1], text, 'KEEPTTL')
  end
end
return {'OK', clock, now}

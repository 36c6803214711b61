-- session follows gate or head in scripts that read a session in more than one place.
--
-- A session is one string, so that it is read and written in one step each. A live one:
--
--   c g r u i x z f l n s d e \n subject client data tokens
--
--   c        creation time: ms
--   g        generation
--   r u      last rotation, last use: ms after c
--   i x      idle limit, end: ms after c; i is never after x
--   z        latest exp of an access token: s
--   f        last generation that was confirmed, or 0
--   l        generations in a row that were retried late, up to g or the one before: twice their
--            number, less 1 if g is among them
--   n        nonce of the last advance and its outcome, or "-"
--   s d e    lengths of subject, client and data
--   client   address and User-Agent, each with its length: see record.go
--   data     the same for what a login has set for good
--   tokens   for each revoked access token a line: its id, exp in s, nonce of the call,
--            position in the log
--
-- A tombstone, which is all that is left of an ended session, and what was written if the
-- session was unknown:
--
--   ! c g n p w \n reason more
--
--   g        generation when it ended; 0: unknown
--   n        nonce of the call that ended it and its outcome, or "-"
--   p        position in the log, or "-" where a cut-off ended it
--   w        length of the reason
--   more     for the same call, if it comes again

-- live reads a live session; nil if the text is not one.
local function live(text)
  if not text then return end
  local c, g, r, u, i, x, z, f, l, n, s, d, e, at =
    text:match('^(%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%d+) (%S+) (%d+) (%d+) (%d+)\n()')
  if not c then return end
  return {c = tonumber(c), g = g, i = tonumber(i), z = tonumber(z), n = n, subject = text:sub(at, at + s - 1),
    head = text:sub(1, at + s + d + e - 1), tokens = text:sub(at + s + d + e)}
end

-- tombstone reads a tombstone; nil if the text is not one.
local function tombstone(text)
  if not text then return end
  local c, g, n, p, w, at = text:match('^! (%d+) (%d+) (%S+) (%S+) (%d+)\n()')
  if not c then return end
  return {c = tonumber(c), g = g, n = n, p = p, reason = text:sub(at, at + w - 1), more = text:sub(at + w)}
end

local function stone(c, g, n, p, reason, more)
  -- %s ends at a byte 0, which a subject may have.
  return string.format('! %.0f %s %s %s %d\n', c, g, n, p, #reason) .. reason .. more
end

-- gate follows head in scripts that need the shard's hash.
--
-- KEYS[1]  the shard's hash; it always exists once the shard is open
-- KEYS[2]  the shard's log; the same
-- ARGV[3]  how the epoch must begin: "<version of the stored form> <number of shards> "
--
-- Fields of the shard's hash:
--
--   e            epoch: version, number of shards, random text
--   a            cut-off of all subjects
--   u:<subject>  cut-off of one subject
--   w:<subject>  1: sessions that it ends were dropped from the lists, and so will not be cleaned;
--                it must outlive them
--   n            newest creation time of a session: ms
--   z            latest exp of an access token, rounded up to a minute: s
--   y            latest end of a session, rounded up to an hour: ms
--   h            somebody puts back lost entries until then: ms
--   p            written by ping: ms

local shard, log = KEYS[1], KEYS[2]
local slack = 60000 -- ms that keys outlive their content; their expiry only frees memory
local afterlife = 900000 -- ms: session.Afterlife

-- closed returns the reply of a script that cannot run: {"CLOSED", clock} without an epoch,
-- {"FORM", clock} if the data has another form or number of shards. Otherwise nil.
local function closed(epoch)
  if not epoch then return {'CLOSED', clock} end
  if epoch:sub(1, #ARGV[3]) ~= ARGV[3] then return {'FORM', clock} end
end

-- A cut-off is "at except t nonce count till position reason": sessions begun at or before at
-- (ms) are dead, except one id or "-"; it was made at t (us); nonce is that of the call that
-- wrote it, and count what that call has counted, until then "<" and the time of the cut-off
-- before, or "-"; count is "past" if it was put back when sessions had begun after it already,
-- so that a subject's list may hold such; the field is needed until till (ms); position is its entry in the log.

-- ends reports whether a cut-off ends a session that was created then.
local function ends(cutoff, created, id)
  if not cutoff then return false end
  local at, except = cutoff:match('^(%d+) (%S+)')
  return created <= tonumber(at) and id ~= except
end

-- confirm records that access tokens of the current generation were seen in use.
--
-- KEYS, ARGV[1..3]  see prelude.lua
-- ARGV[4...]  pairs of session id and generation
-- Reply       OK

for i = 4, #ARGV, 2 do
  local id, generation = ARGV[i], ARGV[i + 1]
  local key = session_key(id)
  local h = load(key)
  if h.g == generation and live(h, id) then
    redis.call('HSET', key, 'f', generation, 'u', now)
  end
end
return ok()

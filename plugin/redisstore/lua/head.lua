-- head comes first in every script: the time and the deadline.
--
-- A script declares in KEYS every key that it decides by, so that a Cluster runs it only on
-- a server that has all of them, also while their slot moves to another server. What a
-- script cannot name beforehand, a subject's list, it may only write: see listed in tombs.lua.
--
-- ARGV[1]  time in us that replaces the clock in tests, or ""
-- ARGV[2]  deadline, us of the server's clock; after it the script does nothing
--
-- Every reply begins with a status, the server's clock in us, and the time in ms: {"OK",
-- clock, now, ...}. A script that came too late replies {"LATE", clock}.

local call = redis.call

local time = call('TIME')
local clock = time[1] * 1000000 + time[2]
if clock > tonumber(ARGV[2]) then return {'LATE', clock} end
local us = clock
if ARGV[1] ~= '' then us = tonumber(ARGV[1]) end
local now = math.floor(us / 1000)

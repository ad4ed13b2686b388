-- Let go, unless there is more to do.
-- KEYS in st out · ARGV proof (fence:token), "1" to let go although work is left (it is parked under a later wake)
-- Returns 0 idle, 1 more work (the lease is kept), -1 when the fence moved
if (redis.call('HGET', KEYS[2], 'fence') or '') .. ':' .. (redis.call('HGET', KEYS[2], 'token') or '') ~= ARGV[1] then return -1 end
if ARGV[2] ~= '1' and (redis.call('LLEN', KEYS[1]) > 0 or redis.call('LLEN', KEYS[3]) > 0) then return 1 end
redis.call('HSET', KEYS[2], 'owner', '', 'until', 0)
return 0

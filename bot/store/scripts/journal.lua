-- Keep what a step of the running turn returned.
-- KEYS st jn · ARGV proof (fence:token), key, value, ttl s · Returns 1 or -1 when the fence moved
if (redis.call('HGET', KEYS[1], 'fence') or '') .. ':' .. (redis.call('HGET', KEYS[1], 'token') or '') ~= ARGV[1] then return -1 end
redis.call('HSET', KEYS[2], ARGV[2], ARGV[3])
redis.call('EXPIRE', KEYS[2], ARGV[4])
return 1

-- Remember one field of the running attempt.
-- KEYS st · ARGV proof (fence:token), field, value · Returns 1 or -1 when the fence moved
if (redis.call('HGET', KEYS[1], 'fence') or '') .. ':' .. (redis.call('HGET', KEYS[1], 'token') or '') ~= ARGV[1] then return -1 end
redis.call('HSET', KEYS[1], ARGV[2], ARGV[3])
return 1

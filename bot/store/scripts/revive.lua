-- Put a dead letter back where it came from, once, however often it is asked for.
-- KEYS in or out, st dd · ARGV the letter's mark, what to put back, ttl s
-- Returns 1 done, 0 done before, -1 when there is no such conversation (any more)
if redis.call('HEXISTS', KEYS[2], 'since') == 0 then return -1 end
if redis.call('ZSCORE', KEYS[3], ARGV[1]) then return 0 end
local time = redis.call('TIME')
redis.call('ZADD', KEYS[3], time[1] * 1000 + math.floor(time[2] / 1000), ARGV[1])
redis.call('RPUSH', KEYS[1], ARGV[2])
redis.call('HDEL', KEYS[2], 'f:tries')
local stays = redis.call('HEXISTS', KEYS[2], 'stays') == 1
for _, key in ipairs(KEYS) do
  if stays then redis.call('PERSIST', key) else redis.call('EXPIRE', key, ARGV[3]) end
end
return 1

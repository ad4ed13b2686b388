-- Put a conversation among the newest.
-- KEYS all · ARGV conversation, "1" when only one that is there may move · Returns 1
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if ARGV[2] == '1' then redis.call('ZADD', KEYS[1], 'XX', now, ARGV[1])
else redis.call('ZADD', KEYS[1], now, ARGV[1]) end
return 1

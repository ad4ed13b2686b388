-- Move or end a claim that nobody has changed since.
-- KEYS due · ARGV conversation, score as claimed, ms to hold on or -1 to end · Returns the new score or 0
local score = redis.call('ZSCORE', KEYS[1], ARGV[1])
if not score or tonumber(score) ~= tonumber(ARGV[2]) then return '0' end
if tonumber(ARGV[3]) < 0 then redis.call('ZREM', KEYS[1], ARGV[1]) return '0' end
local time = redis.call('TIME')
local at = time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[3]
redis.call('ZADD', KEYS[1], at, ARGV[1])
return string.format('%.0f', at)

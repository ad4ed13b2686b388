-- Say a fact of a /chat session once, such as for whom it speaks; the first to say it stays.
-- KEYS st · ARGV fact, its text, s to keep a session in which nothing gets written · Returns what was said first
local field = 'f:' .. ARGV[1]
local known = redis.call('HGET', KEYS[1], field)
if known then return known end
redis.call('HSET', KEYS[1], field, ARGV[2])
if redis.call('TTL', KEYS[1]) < 0 then redis.call('EXPIRE', KEYS[1], ARGV[3]) end
return ARGV[2]

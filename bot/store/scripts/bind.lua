-- Say once for whom a /chat session speaks; the first to say it stays.
-- KEYS st · ARGV customer id or "", s to keep a session in which nothing gets written · Returns whose session it is
local known = redis.call('HGET', KEYS[1], 'f:customer_id')
if known then return known end
redis.call('HSET', KEYS[1], 'f:customer_id', ARGV[1])
if redis.call('TTL', KEYS[1]) < 0 then redis.call('EXPIRE', KEYS[1], ARGV[2]) end
return ARGV[1]

-- An effect is done: take it off the outbox and keep what it taught us.
-- KEYS st out an · ARGV fence, stored effect, answer or "", n answered ids, ids…, fact name, fact value, …
-- Returns effects left, or -1 when the fence moved
if redis.call('HGET', KEYS[1], 'fence') ~= ARGV[1] then return -1 end
redis.call('LREM', KEYS[2], 1, ARGV[2])
local answered = tonumber(ARGV[4])
for i = 5, 4 + answered do redis.call('HSET', KEYS[3], ARGV[i], ARGV[3]) end
if answered > 0 then redis.call('EXPIRE', KEYS[3], 86400) end
for i = 5 + answered, #ARGV, 2 do redis.call('HSET', KEYS[1], 'f:' .. ARGV[i], ARGV[i + 1]) end
return redis.call('LLEN', KEYS[2])

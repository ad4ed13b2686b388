-- Nothing more to copy, unless something was added meanwhile.
-- KEYS au ac · ARGV position of the last event copied · Returns 1 when all is copied
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
if last[1] and last[1][1] ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[2])
return 1

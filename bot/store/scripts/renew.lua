-- KEYS st · ARGV proof (fence:token), lease ms · Returns 1 renewed, 0 lost
if (redis.call('HGET', KEYS[1], 'fence') or '') .. ':' .. (redis.call('HGET', KEYS[1], 'token') or '') ~= ARGV[1] or redis.call('HGET', KEYS[1], 'owner') == '' then return 0 end
local time = redis.call('TIME')
redis.call('HSET', KEYS[1], 'until', time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[2])
return 1

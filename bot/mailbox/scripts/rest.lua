-- A vendor said to wait: nobody calls before, and places that were given for earlier are given anew.
-- KEYS pace · ARGV ms to wait, ms for which calls keep their distance afterwards · Returns 1
local time = redis.call('TIME')
local till = time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[1]
if till > tonumber(redis.call('HGET', KEYS[1], 'next') or '0') then
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[1], 'next', till)
end
redis.call('PEXPIRE', KEYS[1], ARGV[1] + ARGV[2])
return 1

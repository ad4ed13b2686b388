-- A vendor said to wait: nobody calls before, and the places that were given are given anew.
-- KEYS pace · ARGV ms to wait, ms until calls need no distance again afterwards · Returns 1
local time = redis.call('TIME')
local till = time[1] * 1000 + math.floor(time[2] / 1000) + ARGV[1]
if till > tonumber(redis.call('HGET', KEYS[1], 'rested') or '0') then
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[1], 'next', till, 'rested', till)
  redis.call('PEXPIRE', KEYS[1], ARGV[1] + ARGV[2])
end
return 1

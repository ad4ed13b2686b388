-- Put what a call really cost in the place of its estimate; a repeated call changes nothing.
-- KEYS hold, customer's day, desk's month, conversation · ARGV real cost
-- Returns 1, 0 when nothing was set aside any more
local estimate = redis.call('GET', KEYS[1])
if not estimate then return 0 end
redis.call('DEL', KEYS[1])
for index = 2, 4 do
  if redis.call('EXISTS', KEYS[index]) == 1 then
    redis.call('INCRBY', KEYS[index], tonumber(ARGV[1]) - tonumber(estimate))
  end
end
return 1

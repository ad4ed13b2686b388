-- Put what a call really cost in the place of its estimate; a repeated call changes nothing.
-- KEYS hold, customer's day, desk's month, conversation · ARGV real cost
-- Returns what the conversation has cost so far
local estimate = redis.call('GET', KEYS[1])
if estimate then
  redis.call('DEL', KEYS[1])
  for index = 2, 4 do
    if redis.call('EXISTS', KEYS[index]) == 1 then
      redis.call('INCRBY', KEYS[index], tonumber(ARGV[1]) - tonumber(estimate))
    end
  end
end
return tonumber(redis.call('GET', KEYS[4]) or '0')

-- Forget that conversations were worked on, those that nobody took up since.
-- KEYS worked · ARGV pairs: conversation, when it was last taken up as read · Returns how many left
local left = 0
for i = 1, #ARGV, 2 do
  local at = redis.call('ZSCORE', KEYS[1], ARGV[i])
  if at and tonumber(at) == tonumber(ARGV[i + 1]) then left = left + redis.call('ZREM', KEYS[1], ARGV[i]) end
end
return left

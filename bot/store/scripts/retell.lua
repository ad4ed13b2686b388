-- Put a stream that was written anew in the place of the one that it was made of, with what came in meanwhile.
-- KEYS stream, new stream · ARGV place of the last entry that was read · Returns how many came in meanwhile
local tail = redis.call('XRANGE', KEYS[1], '(' .. ARGV[1], '+')
for _, row in ipairs(tail) do
  redis.call('XADD', KEYS[2], row[1], unpack(row[2]))
end
if redis.call('EXISTS', KEYS[2]) == 1 then redis.call('RENAME', KEYS[2], KEYS[1]) end
return #tail

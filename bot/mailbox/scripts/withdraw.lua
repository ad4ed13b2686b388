-- Replace or remove a message that no turn has taken yet.
-- KEYS in st · ARGV id, new payload or "" to remove · Returns 1 done, 0 too late or unknown
local frozen = 0
if tonumber(redis.call('HGET', KEYS[2], 'attempts') or '0') > 0 then
  frozen = tonumber(redis.call('HGET', KEYS[2], 'frozen') or '0')
end
for index, entry in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
  if cjson.decode(entry).id == ARGV[1] then
    if index <= frozen then return 0 end
    if ARGV[2] == '' then redis.call('LREM', KEYS[1], 1, entry)
    else redis.call('LSET', KEYS[1], index - 1, ARGV[2]) end
    return 1
  end
end
return 0

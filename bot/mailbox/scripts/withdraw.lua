-- Edit or remove a message that no turn has taken yet.
-- KEYS in st · ARGV id, "edit" or "delete", new text · Returns 1 done, 0 too late or unknown
local frozen = 0
if tonumber(redis.call('HGET', KEYS[2], 'attempts') or '0') > 0 then
  frozen = tonumber(redis.call('HGET', KEYS[2], 'frozen') or '0')
end
for index, entry in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
  local message = cjson.decode(entry)
  if message.id == ARGV[1] then
    if index <= frozen then return 0 end
    if ARGV[2] == 'delete' then redis.call('LREM', KEYS[1], 1, entry)
    else
      message.text = ARGV[3]
      redis.call('LSET', KEYS[1], index - 1, cjson.encode(message))
    end
    return 1
  end
end
return 0

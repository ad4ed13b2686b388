-- Edit or remove a message that no turn has taken yet.
-- KEYS in st dd · ARGV id, "edit" or "delete", new text
-- Returns 1 done, 0 unknown, 2 a turn has taken it, 3 the turn that runs has taken it alone
-- What was deleted too late is marked, so that its answer can be held back.
local function late(alone)
  if not redis.call('ZSCORE', KEYS[3], ARGV[1]) then return 0 end
  if ARGV[2] == 'delete' then
    local gone = (redis.call('HGET', KEYS[2], 'f:gone') or '') .. ARGV[1] .. ' '
    redis.call('HSET', KEYS[2], 'f:gone', string.sub(gone, -4000))
  end
  return alone and 3 or 2
end
local frozen = 0
if tonumber(redis.call('HGET', KEYS[2], 'attempts') or '0') > 0 then
  frozen = tonumber(redis.call('HGET', KEYS[2], 'frozen') or '0')
end
for index, entry in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do
  local message = cjson.decode(entry)
  if message.id == ARGV[1] then
    if index <= frozen then return late(frozen == 1) end
    if ARGV[2] == 'delete' then redis.call('LREM', KEYS[1], 1, entry)
    else
      message.text = ARGV[3]
      redis.call('LSET', KEYS[1], index - 1, cjson.encode(message))
    end
    return 1
  end
end
return late(false)

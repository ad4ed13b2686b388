-- Set an estimate aside before a model is called, if no cap is in the way; kept until the call is settled, and for good
-- when nobody settles it: the money of an attempt that died may have been spent.
-- KEYS hold, customer's day, desk's month, conversation · ARGV estimate, cap of the day or "", cap of the month or "",
--   seconds to keep hold, day, month, conversation
-- Returns {0 set aside, 1 over the customer's cap, 2 over the desk's; what the conversation has cost with it}
local function told(code) return {code, tonumber(redis.call('GET', KEYS[4]) or '0')} end
if redis.call('EXISTS', KEYS[1]) == 1 then return told(0) end
for index = 2, 3 do
  local cap = ARGV[index]
  if cap ~= '' and tonumber(redis.call('GET', KEYS[index]) or '0') + tonumber(ARGV[1]) > tonumber(cap) then
    return told(index - 1)
  end
end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[4])
for index = 2, 4 do
  redis.call('INCRBY', KEYS[index], ARGV[1])
  redis.call('EXPIRE', KEYS[index], ARGV[index + 3])
end
return told(0)

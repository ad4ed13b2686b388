-- Forget a conversation. What stays is what keeps others right: the fence above every holder's, the number of the
-- turn that a commit compares, and (its key is not touched) the ids of accepted messages: a late redelivery of a
-- forgotten message must not begin the conversation anew.
-- KEYS in st out it an jn lk, and what stays for as long as it had: dd au ac · ARGV ms for what had no end · Returns its ticket or "", or false when there is no conversation
if redis.call('HEXISTS', KEYS[2], 'since') == 0 then return false end
local ticket = redis.call('HGET', KEYS[2], 'f:ticket_id') or ''
local state = redis.call('HGET', KEYS[2], 'state')
if ticket == '' and state then ticket = cjson.decode(state).ticket_id or '' end
local fence = redis.call('HINCRBY', KEYS[2], 'fence', 1)
local turn = redis.call('HGET', KEYS[2], 'turn') or '0'
local left = redis.call('PTTL', KEYS[2])
for i = 1, 7 do redis.call('DEL', KEYS[i]) end
redis.call('HSET', KEYS[2], 'fence', fence, 'turn', turn)
redis.call('PEXPIRE', KEYS[2], left > 0 and left or ARGV[1])
for i = 8, 10 do
  if redis.call('PTTL', KEYS[i]) == -1 then redis.call('PEXPIRE', KEYS[i], ARGV[1]) end
end
return ticket

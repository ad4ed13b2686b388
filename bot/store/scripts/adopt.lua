-- Give a conversation of the version before what this one keeps of it, unless somebody has committed meanwhile.
-- KEYS in st out dd it au ac lk · ARGV state as read, what is kept beside the link or "", "1" when nothing may expire
-- Returns 1 done, 0 where it has changed
if (redis.call('HGET', KEYS[2], 'state') or '') ~= ARGV[1] then return 0 end
if ARGV[2] ~= '' then redis.call('SET', KEYS[8], ARGV[2], 'NX') end
if ARGV[3] == '1' then
  redis.call('HSET', KEYS[2], 'stays', '1')
  for i = 1, 7 do redis.call('PERSIST', KEYS[i]) end
end
return 1

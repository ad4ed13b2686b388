-- Read what a list of conversations shows of one.
-- KEYS st it in lk · Returns {since, state, ticket}, newest entry or false, messages waiting, what is kept beside the link
--   to its ticket or false
return {
  redis.call('HMGET', KEYS[1], 'since', 'state', 'f:ticket_id'),
  redis.call('LINDEX', KEYS[2], -1),
  redis.call('LLEN', KEYS[3]),
  redis.call('GET', KEYS[4])
}

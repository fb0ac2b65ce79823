import { createHash } from 'node:crypto';
import type { RedisLink } from './redis-client.js';

/** A script, and the name under which a server keeps it. */
export interface Script {
  readonly source: string;
  readonly sha: string;
}

/** Loaded by its first use, and again after a SCRIPT FLUSH, a restart or a failover. */
export async function evaluate(link: RedisLink, script: Script, keys: string[], args: string[]): Promise<unknown> {
  const rest = [String(keys.length), ...keys, ...args];
  const routingKey = keys[0] ?? '';
  try {
    return await link.command(routingKey, ['EVALSHA', script.sha, ...rest]);
  } catch (error) {
    if (!String(error).includes('NOSCRIPT')) throw error;
    return link.command(routingKey, ['EVAL', script.source, ...rest]);
  }
}

function script(source: string): Script {
  return { source, sha: createHash('sha1').update(source).digest('hex') };
}

/*
 * An entry E and its lease L are two strings in one slot.
 *
 *   E = flag version \n header \n payload      flag: '-', or '~' once a soft invalidation reached it
 *   L = gen | owner | lockUntil | flags        flags: h held, w somebody waits
 *
 * `gen` is the fence, `owner` and `lockUntil` are the lock. A lock that ran out is taken over without changing
 * the fence, so that a slow holder may still commit; an invalidation deletes the lease, so that nobody who
 * began before it can. A commit needs the lease to be there: what an eviction, a flush or a failover loses
 * refuses, never accepts.
 *
 * A tag T = stamp | setAt: the stamp is opaque and compared for equality; `setAt` serves to tell its age.
 * Everything that a script writes after reading TIME is deterministic given its arguments (Redis 5 and later).
 */

const NOW = `local t=redis.call('TIME') local now=t[1]*1000+math.floor(t[2]/1000) `;

/** KEYS E L  ARGV owner lockMs fenceMs seenVersion */
export const ACQUIRE = script(`${NOW}
local e=redis.call('GET',KEYS[1])
local version=''
if e then version=string.sub(e,2,(string.find(e,'\\n',1,true) or 1)-1) end
if version~=ARGV[4] then return {'changed',now} end
local l=redis.call('GET',KEYS[2])
local gen=ARGV[1]
if l then
  local g,o,u,f=string.match(l,'^([^|]*)|([^|]*)|(%d+)|(.*)$')
  if tonumber(u)>now then
    if string.find(f,'h',1,true) then return {'held',now} end
    if not string.find(f,'w',1,true) then redis.call('SET',KEYS[2],g..'|'..o..'|'..u..'|'..f..'w','KEEPTTL') end
    return {'busy',now,tonumber(u)-now}
  end
  if not string.find(f,'h',1,true) then gen=g end
end
redis.call('SET',KEYS[2],gen..'|'..ARGV[1]..'|'..(now+ARGV[2])..'|','PX',ARGV[3])
return {'lease',now,gen}`);

/** KEYS E L  ARGV gen wire px(0: none) channel wakeMessage */
export const COMMIT = script(`${NOW}
local l=redis.call('GET',KEYS[2])
if not l or string.sub(l,1,#ARGV[1]+1)~=ARGV[1]..'|' then return {0,now} end
if ARGV[3]=='0' then redis.call('SET',KEYS[1],ARGV[2]) else redis.call('SET',KEYS[1],ARGV[2],'PX',ARGV[3]) end
redis.call('DEL',KEYS[2])
if string.find(l,'w',-3,true) then redis.call('PUBLISH',ARGV[4],ARGV[5]) end
return {1,now}`);

/** KEYS L  ARGV owner channel wakeMessage. Gives the lock back if it is still ours. */
export const RELEASE = script(`
local l=redis.call('GET',KEYS[1])
if not l then return 0 end
local g,o,u,f=string.match(l,'^([^|]*)|([^|]*)|(%d+)|(.*)$')
if o~=ARGV[1] then return 0 end
redis.call('DEL',KEYS[1])
if string.find(f,'w',1,true) then redis.call('PUBLISH',ARGV[2],ARGV[3]) end
return 1`);

/** KEYS L  ARGV owner lockMs. The holder's heartbeat. */
export const EXTEND = script(`${NOW}
local l=redis.call('GET',KEYS[1])
if not l then return 0 end
local g,o,u,f=string.match(l,'^([^|]*)|([^|]*)|(%d+)|(.*)$')
if o~=ARGV[1] then return 0 end
redis.call('SET',KEYS[1],g..'|'..o..'|'..(now+ARGV[2])..'|'..f,'KEEPTTL')
return 1`);

/** KEYS E L  ARGV soft(0/1) holdMs(0: none) holder channel message */
export const INVALIDATE = script(`${NOW}
if ARGV[1]=='1' then
  local e=redis.call('GET',KEYS[1])
  if e then redis.call('SET',KEYS[1],'~'..string.sub(e,2),'KEEPTTL') end
else
  redis.call('DEL',KEYS[1])
end
redis.call('DEL',KEYS[2])
if ARGV[2]~='0' then redis.call('SET',KEYS[2],ARGV[3]..'|hold|'..(now+ARGV[2])..'|h','PX',ARGV[2]) end
redis.call('PUBLISH',ARGV[4],ARGV[5])
return 1`);

/** KEYS T  ARGV newHard newSoft keepHard(0/1) px(0: none) held('!' or '') channel message */
export const STAMP = script(`${NOW}
local hard=ARGV[1]
if ARGV[3]=='1' then
  local v=redis.call('GET',KEYS[1])
  if v then hard=string.match(v,'^([^.]*)%.') or hard end
end
local v=ARGV[5]..hard..'.'..ARGV[2]..'|'..now
if ARGV[4]=='0' then redis.call('SET',KEYS[1],v) else redis.call('SET',KEYS[1],v,'PX',ARGV[4]) end
redis.call('PUBLISH',ARGV[6],ARGV[7])
return 1`);

/** KEYS T  ARGV newStamp px(0: none). The stamp, made if there is none, and its age by this server's clock. */
export const SNAPSHOT = script(`${NOW}
local v=redis.call('GET',KEYS[1])
if not v then
  v=ARGV[1]..'|'..now
  if ARGV[2]=='0' then redis.call('SET',KEYS[1],v) else redis.call('SET',KEYS[1],v,'PX',ARGV[2]) end
  return {v,now,'new'}
end
return {v,now,now-(tonumber(string.match(v,'|(%d+)$')) or now)}`);

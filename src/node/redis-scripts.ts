import { createHash } from 'node:crypto';
import type { RedisLink } from './redis-link.js';

/** A script, and the name under which a server keeps it. */
export interface Script {
  readonly source: string;
  readonly sha: string;
}

/** Ms between attempts while a slot moves, and how many there are: an entry may have moved before its lease. */
const MOVING = 25;
const MOST_ATTEMPTS = 40;

/** Loaded by its first use, and again after a SCRIPT FLUSH, a restart or a failover. */
export async function evaluate(link: RedisLink, script: Script, keys: string[], args: string[]): Promise<unknown> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await send(link, script, keys, args);
    } catch (error) {
      if (attempt === MOST_ATTEMPTS || !String(error).includes('TRYAGAIN')) throw error;
      await new Promise((resolve) => void setTimeout(resolve, MOVING).unref());
    }
  }
}

async function send(link: RedisLink, script: Script, keys: string[], args: string[]): Promise<unknown> {
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
 *   E = flag version \n header \n payload         flag: '-', or '~' once a soft invalidation reached it
 *   L = gen | owner | lockUntil | flags | text   flags: h held, w somebody waits, s a soft invalidation came,
 *                                                x a load failed: `text` tells why, and `lockUntil` ends the cool-down
 *
 * `gen` is the fence, `owner` and `lockUntil` are the lock. A lock that ran out is taken over without changing
 * the fence, so that a slow holder may still commit; an invalidation deletes the lease, so that nobody who
 * began before it can. A commit needs the lease to be there: what an eviction, a flush or a failover loses
 * refuses, never accepts.
 *
 * A tag T = hard.soft | setAt                     or, while a mutation holds it,    !hard.soft | setAt | heldUntil
 *           hard.soft | heldUntil |               once that hold has run out        (instants in microseconds)
 *
 * The stamp `hard.soft` is random and compared for equality; `setAt` serves to tell its age. A hold that has run
 * out leaves its mark: were it to vanish, a load from before it would take the tag for one never used.
 *
 * A full Redis that evicts nothing refuses what takes memory, but not what follows a deletion in a script: so what
 * makes untrue begins with one.
 *
 * Scripts write after reading TIME, which Redis allows since 5, and use KEEPTTL, known since 6.
 */

const NOW = `local t=redis.call('TIME') local now=t[1]*1000+math.floor(t[2]/1000)
`;
const LEASE = `local l=redis.call('GET',KEYS[2]) local g,o,u,f,text
if l then g,o,u,f,text=string.match(l,'^([^|]*)|([^|]*)|(%d+)|([^|]*)|?(.*)$') u=tonumber(u) end
local function has(flag) return string.find(f,flag,1,true) end
`;
const VERSION = `local function version()
  local e=redis.call('GET',KEYS[1])
  return e and string.sub(e,2,(string.find(e,'\\n',1,true) or 1)-1) or ''
end
`;

/** KEYS E L  ARGV owner lockMs fenceMs seenVersion('*': any) */
export const ACQUIRE = script(`${NOW}${LEASE}${VERSION}
if ARGV[4]~='*' and version()~=ARGV[4] then return {'changed'} end
local gen,flags=ARGV[1],''
if g then
  if u>now then
    if has('h') then return {'held'} end
    if has('x') then return {'failed',u-now,text} end
    if not has('w') then redis.call('SET',KEYS[2],g..'|'..o..'|'..u..'|'..f..'w','KEEPTTL') end
    return {'busy',u-now}
  end
  if not has('h') then gen=g end
  if has('s') then flags='s' end
end
redis.call('SET',KEYS[2],gen..'|'..ARGV[1]..'|'..(now+ARGV[2])..'|'..flags,'PX',ARGV[3])
return {'lease',gen}`);

/**
 * KEYS E L T…  ARGV gen wire px(0: none) channel wakeMessage revision('': none) hardPart… of each T. Revisions are
 * digits of any number, so the longer is the higher. Answers gen, or 0 if the record is not current.
 */
export const COMMIT = script(`${LEASE}
if g~=ARGV[1] then return 0 end
local current=1
for i=3,#KEYS do
  local v=redis.call('GET',KEYS[i])
  if not v or string.sub(v,1,#ARGV[i+4]+1)~=ARGV[i+4]..'.' then current=0 end
end
local new=ARGV[6]
if new~='' then
  local old=string.match(redis.call('GET',KEYS[1]) or '','^[^\\n]*\\n{"revision":"(%d+)"')
  if old and (#new<#old or #new==#old and new<old) then current=0 end
end
if current==1 then
  local wire=ARGV[2]
  if has('s') then wire='~'..string.sub(wire,2) end
  if ARGV[3]=='0' then redis.call('SET',KEYS[1],wire) else redis.call('SET',KEYS[1],wire,'PX',ARGV[3]) end
end
redis.call('DEL',KEYS[2])
if has('w') then redis.call('PUBLISH',ARGV[4],ARGV[5]) end
return current==1 and g or 0`);

/**
 * KEYS E L  ARGV owner channel wakeMessage discard(0/1) coolDownMs(0: none) failure. Gives the lock back if it is still
 * ours, maybe without the entry. A cool-down keeps the fence: a slow holder that was taken over may still commit.
 */
export const RELEASE = script(`${NOW}${LEASE}
if o~=ARGV[1] then return 0 end
if ARGV[5]=='0' then redis.call('DEL',KEYS[2])
else
  local flags=has('s') and 'xs' or 'x'
  redis.call('SET',KEYS[2],g..'|failed|'..(now+ARGV[5])..'|'..flags..'|'..ARGV[6],'PX',ARGV[5])
end
if ARGV[4]=='1' then redis.call('DEL',KEYS[1]) end
if has('w') then redis.call('PUBLISH',ARGV[2],ARGV[3]) end
return 1`);

/**
 * KEYS E L  ARGV owner gen seenVersion lockMs(0: only look). The holder's heartbeat. `kept`; `void`: it cannot commit
 * any more; `taken`: nor has it to, since another holder loads it by the same fence, or somebody has stored it.
 */
export const EXTEND = script(`${NOW}${LEASE}${VERSION}
if g==ARGV[2] and (o==ARGV[1] or u<=now) then
  if ARGV[4]~='0' then redis.call('SET',KEYS[2],g..'|'..ARGV[1]..'|'..(now+ARGV[4])..'|'..f,'KEEPTTL') end
  return 'kept'
end
if g==ARGV[2] and not has('x') then return 'taken' end
local v=version()
return (v~='' and v~=ARGV[3]) and 'taken' or 'void'`);

/** KEYS E L  ARGV soft(0/1) holdMs(0: none) holder channel message. Answers the holder, which nothing else answers. */
export const INVALIDATE = script(`${NOW}${LEASE}
if ARGV[1]=='1' then
  local e=redis.call('GET',KEYS[1])
  if e then
    local set=redis.pcall('SET',KEYS[1],'~'..string.sub(e,2),'KEEPTTL')
    if set.err then redis.call('DEL',KEYS[1]) end
  end
  if g and (has('h') or has('x')) then redis.call('DEL',KEYS[2])
  elseif g and not has('s') then redis.call('SET',KEYS[2],l..'s','KEEPTTL') end
else
  redis.call('DEL',KEYS[1],KEYS[2])
end
if ARGV[2]~='0' then redis.call('SET',KEYS[2],ARGV[3]..'|hold|'..(now+ARGV[2])..'|h','PX',ARGV[2]) end
redis.call('PUBLISH',ARGV[4],ARGV[5])
return ARGV[3]`);

/** Microseconds: a load may begin within the millisecond in which a tag was invalidated. */
const MICROS = `local t=redis.call('TIME') local now=t[1]*1000000+t[2]
local function digits(x) return string.format('%.0f',x) end
`;
const SET_STAMP = `if px=='0' then redis.call('SET',KEYS[1],v) else redis.call('SET',KEYS[1],v,'PX',px) end
`;

/** KEYS T  ARGV newHard newSoft px(0: none) keepHard(0/1) holdMs(0: none) channel message. Answers newSoft. */
export const STAMP = script(`${MICROS}
local hard,px=ARGV[1],ARGV[3]
if ARGV[4]=='1' then
  local before=redis.call('GET',KEYS[1])
  if before then hard=string.match(before,'^!?([^.|]*)%.') or hard end
end
redis.call('DEL',KEYS[1])
local v=hard..'.'..ARGV[2]..'|'..digits(now)
if ARGV[5]~='0' then v='!'..v..'|'..digits(now+ARGV[5]*1000) end
${SET_STAMP}redis.call('PUBLISH',ARGV[6],ARGV[7])
return ARGV[2]`);

/**
 * KEYS T  ARGV newStamp px(0: none) youngMicros(-1: none) channel echo. The stamp and its age by this server's clock
 * in microseconds; made if there is none. A young one causes the echo, unless it comes from a hold: loads that began
 * during a hold have heard nothing since, and yet they may be old.
 */
export const SNAPSHOT = script(`${MICROS}
local px,v=ARGV[2],redis.call('GET',KEYS[1])
local setAt,heldUntil
if v then setAt,heldUntil=string.match(v,'^!?[^.|]+%.[^.|]+|(%d+)|?(%d*)$') end
if setAt and heldUntil~='' and tonumber(heldUntil)<=now then
  setAt,v=heldUntil,ARGV[1]..'|'..heldUntil..'|'
  ${SET_STAMP}elseif not setAt then
  setAt,v=now,ARGV[1]..'|'..digits(now)
  ${SET_STAMP}end
local age=now-tonumber(setAt)
local young=age<=tonumber(ARGV[3]) and string.sub(v,-1)~='|'
if young then redis.call('PUBLISH',ARGV[4],ARGV[5]) end
return {v,digits(age),young and 1 or 0}`);

/**
 * KEYS T(everything) R  ARGV runIds remembersOthers(0/1) newStamp channel message number. The list `number runIds` names
 * those who serve now. Who is not in it may have come back with, or may be a replica with, an older state: everything
 * becomes untrue. So it does if the list's number is lower than the one that the asker remembers: this server has
 * served before, and has missed that others did in between. Without a list (it is the first, or was lost) only the
 * asker's own memory tells. Answers the number.
 */
export const ADMIT = script(`${MICROS}
local known=redis.call('GET',KEYS[2])
local n,ids=string.match(known or '','^(%d+) (.*)$')
n=tonumber(n or 0)
local missing,mine=n<tonumber(ARGV[6]),tonumber(ARGV[6])
for id in string.gmatch(ARGV[1],'%S+') do
  if not string.find(ids or '',id,1,true) then missing=true end
end
if ids and not missing then return n end
if known or ARGV[2]=='1' then
  local before=redis.call('GET',KEYS[1])
  local heldUntil=before and string.match(before,'^!.*|(%d+)$')
  redis.call('DEL',KEYS[1])
  local v=ARGV[3]..'|'..digits(now)
  if heldUntil then v='!'..v..'|'..heldUntil end
  redis.call('SET',KEYS[1],v)
  redis.call('PUBLISH',ARGV[4],ARGV[5])
end
n=math.max(n,mine)+1
redis.call('SET',KEYS[2],n..' '..ARGV[1])
return n`);

/** KEYS T. The clock of the server that has T, ms. */
export const CLOCK = script(`${NOW}
return now`);

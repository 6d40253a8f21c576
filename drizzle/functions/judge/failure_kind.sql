-- What kept a model from answering, by the words of a failure: transport, cancelled, configuration, or else quality,
-- the only kind that counts against the model. The lists and steps of contracts/outcome/failure-kind.ts;
-- test/ingest/failure-words.test.ts holds both together.
create or replace function winrate.failure_kind(failure text) returns text
language plpgsql immutable parallel safe as $$
declare
  transport constant text[] := '{
    available,busy,capacity,cert,certificate,closed,concurrent,conflict,connect,connection,
    connector,deadline,disconnect,disconnected,dns,eai,econnaborted,econnrefused,econnreset,
    ehostunreach,enetunreach,enotfound,eof,epipe,eproto,esockettimedout,etimedout,exhausted,fetch,
    gateway,handshake,hang,hangup,interrupted,limited,maintenance,many,network,nxdomain,offline,
    out,outage,overload,overloaded,pipe,premature,protocol,proxy,quota,rate,ratelimit,ratelimited,
    ready,reset,server,socket,ssl,terminated,throttle,throttled,throttles,throttling,timed,
    timedout,timeout,timeouts,tls,toomanyrequests,transport,unavailable,unreachable,unreadable}';
  cancelled constant text[] := '{
    abort,aborted,cancel,canceled,cancellation,cancelled,ecanceled}';
  configuration constant text[] := '{
    access,apikey,argument,auth,authentication,authorization,badrequest,balance,billing,config,
    configuration,credential,credentials,credit,credits,decommissioned,denied,deprecated,exist,
    exists,expired,forbidden,found,gone,insufficient,invalidrequest,key,misconfigured,notfound,
    payment,permission,permissiondenied,permissions,precondition,request,retired,such,supported,
    suspended,unauthenticated,unauthorised,unauthorized,unimplemented,unprocessable,unrecognized,
    unsupported}';
  service constant text[] := '{
    api,internal,provider,providers,service,upstream}';
  filler constant text[] := '{
    account,again,ai,aiohttp,and,anthropic,assistant,asyncio,at,attempt,azure,bad,be,bedrock,been,
    body,broken,by,call,chain,client,close,code,cohere,currently,deepseek,deployment,did,do,does,
    down,due,endpoint,endpoints,engine,entity,err,errno,error,exceeded,exception,exceptions,fail,
    failed,failure,for,from,funds,gemini,google,groq,grpc,had,has,headers,host,http,https,httpx,
    in,incorrect,invalid,is,it,large,later,limit,limits,litellm,llm,load,lost,max,method,missing,
    mistral,model,name,no,not,of,on,openai,openrouter,operation,or,organization,parameter,peer,
    please,project,provided,reached,read,refused,remote,requests,required,resource,response,
    retries,retry,rights,rpc,sdk,self,signed,status,stream,temporarily,the,this,time,to,token,too,
    try,und,up,url,user,value,vertex,was,while,with,write,wrong}';
  words text;
  word text[];
begin
  if failure is null or failure = 'transport' then
    return failure;
  end if;
  words := regexp_replace(failure, '([a-z])([A-Z0-9])', '\1_\2', 'g');
  words := regexp_replace(words, '([A-Z])([A-Z][a-z]|[0-9])', '\1_\2', 'g');
  words := '_' || lower(regexp_replace(words, '[^A-Za-z0-9]+', '__', 'g') collate "C") || '_';
  words := regexp_replace(words, '([a-z])(error|exception)_', '\1_\2_', 'g');
  words := regexp_replace(words, '_validation__exception(?=_)', '_request', 'g');
  words := regexp_replace(words, '_insufficient__quota(?=_)', '_billing', 'g');
  words := regexp_replace(words, '_(40[89]|425|429|5[0-9][0-9]|5xx)(?=_)', '_server', 'g');
  words := regexp_replace(words, '_499(?=_)', '_cancelled', 'g');
  words := regexp_replace(words, '_4([0-9][0-9]|xx)(?=_)', '_request', 'g');
  words := regexp_replace(words, '_[0-9]+(?=_)', '_', 'g');
  word := array_remove(string_to_array(words, '_'), '');
  return case
    when not word <@ (transport || cancelled || configuration || service || filler) then 'quality'
    when word && transport then 'transport'
    when word && cancelled then 'cancelled'
    when word && configuration then 'configuration'
    when word && service then 'transport'
    else 'quality'
  end;
end $$;

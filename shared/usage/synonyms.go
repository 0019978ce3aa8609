package usage

// synonym are squeezed names of columns that usually hold a field. Exact ones
// are plain enough to read a log without asking.
type synonym struct {
	field        field
	exact, loose []string
}

// synonyms is in the order in which fields claim columns.
func synonyms() []synonym {
	return []synonym{
		{fReadAny, []string{"cachedtokens", "cachereadtokens", "cacheread", "cachedinputtokens", "cachereadinputtokens", "inputcachedtokens", "prompttokenscached"}, []string{"cached", "cachehittokens"}},
		{fWriteAny, []string{"cachewritetokens", "cachecreationtokens", "cachecreationinputtokens", "cachewriteinputtokens"}, []string{"cachewrite"}},
		{fReasoning, []string{"reasoningtokens", "thinkingtokens", "thoughtstokens"}, []string{"reasoning"}},
		{fTotal, []string{"totaltokens"}, []string{"tokenstotal", "total"}},
		{fInput, []string{"inputtokens", "prompttokens", "tokensin", "inputtokencount", "prompttokencount", "tokensinput", "tokensprompt", "ninput", "ncontexttokenstotal", "promptevalcount"}, []string{"input", "prompttok", "tokin", "toksin", "intokens", "requesttokens", "contexttokens", "numprompt", "intok"}},
		{fOutput, []string{"outputtokens", "completiontokens", "tokensout", "outputtokencount", "completiontokencount", "tokensoutput", "tokenscompletion", "generatedtokens", "ngeneratedtokenstotal", "evalcount"}, []string{"output", "completion", "generated", "tokout", "toksout", "responsetokens", "outtok"}},
		{fTTFTMS, []string{"ttftms", "timetofirsttokenms", "ttft"}, []string{"firsttoken"}},
		{fLatencyMS, []string{"latencyms", "durationms", "responsetimems", "elapsedms", "latencymillis"}, []string{"latency", "duration", "responsetime"}},
		{fLatencyS, []string{"latencys", "durations", "latencyseconds", "durationseconds"}, nil},
		{fTime, []string{"timestamp", "time", "createdat", "created", "datetime", "date", "starttime", "requesttime", "timestamputc", "ts"}, []string{"time", "date", "created", "when"}},
		{fCost, []string{"cost", "costusd", "totalcost", "spend", "totalcostusd", "priceusd"}, []string{"cost", "spend", "amount", "price", "charge"}},
		{fCurrency, []string{"currency"}, nil},
		{fRequested, []string{"requestedmodel", "requestmodel"}, nil},
		{fModel, []string{"model", "modelname", "modelid", "responsemodel", "llmmodel"}, []string{"model", "engine", "deployment", "llm"}},
		{fProvider, []string{"provider", "llmprovider", "modelprovider"}, []string{"provider", "vendor"}},
		{fSession, []string{"sessionid", "conversationid", "threadid", "session", "chatid"}, []string{"session", "conversation", "thread"}},
		{fUser, []string{"userid", "user", "enduser", "customerid", "useremail"}, []string{"user", "customer", "account"}},
		{fTag, []string{"tag", "team", "feature", "project", "projectid", "promptname", "endpoint", "usecase", "app", "task"}, []string{"tag", "team", "project", "feature"}},
		{fTag, []string{"service", "servicename", "component", "containername", "apikeyname", "apikeyid"}, nil},
		{fTier, []string{"servicetier", "tier"}, nil},
		{fHTTPStatus, []string{"statuscode", "httpstatus", "responsestatus"}, nil},
		{fStatus, []string{"status"}, nil},
		{fPromptHash, []string{"prompthash", "prompthashid", "cachekey"}, nil},
		{fPrompt, []string{"prompt", "messages", "prompttext", "inputtext"}, nil},
		{fQuality, []string{"quality", "qualityscore"}, []string{"score"}},
		{fCount, []string{"numrequests", "requestcount", "nummodelrequests", "numcalls", "nrequests", "apirequests", "requests", "calls", "totalrequests", "numberofrequests", "invocations"}, []string{"requests"}},
		{fSampleRate, []string{"samplerate", "samplingrate"}, nil},
	}
}

package api

// Routes lists the API's table as "METHOD /path", for the comparison with openapi.json.
func Routes() []string {
	var all []string
	for _, r := range (&server{}).routes() {
		all = append(all, r.method+" "+r.path)
	}
	return all
}

// OpenAPI is the embedded document.
func OpenAPI() []byte { return openAPI }

// Kinds are the names of the error table with their status.
func Kinds() map[string]int {
	all := map[string]int{}
	for name, k := range kinds() {
		all[name] = k.status
	}
	return all
}

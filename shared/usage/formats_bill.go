package usage

import "slices"

// Bills: costs without tokens. Their rows are no calls, and nothing can be replayed
// on them; they say what was spent on what, and when.

// Names of the formats of bills.
const (
	formatOpenAICosts    = "openai-costs"
	formatAnthropicCosts = "anthropic-costs"
	formatAWSCosts       = "aws-costs"
	formatGoogleCosts    = "google-costs"
	formatAzureCosts     = "azure-costs"
	formatCosts          = "costs"
)

// IsBill says whether a format is that of a bill, whose rows are costs and no calls.
func IsBill(format string) bool {
	return slices.Contains([]string{formatOpenAICosts, formatAnthropicCosts, formatAWSCosts, formatGoogleCosts, formatAzureCosts, formatCosts}, format)
}

// bill makes a layout of a bill's columns.
func bill(name, provider string, needs [][]string, paths map[field][]string) layout {
	return layout{name: name, provider: provider, needs: needs, paths: paths, bill: true, summed: true, isCall: isCharge,
		notes: []string{"the rows are lines of a bill: costs without tokens, for a number of calls that it does not say; lines of $0 and credits are left out"}}
}

// bills are the layouts of the providers' own reports of costs.
func bills() []layout {
	cents := bill(formatAnthropicCosts, "anthropic", [][]string{{"costtype"}, {"amount"}}, anthropicCosts("amount"))
	cents.stash, cents.unit = []string{"data", "results"}, 0.01
	openAI := openAICosts()
	list := []layout{openAI, bill(formatAnthropicCosts, "anthropic", [][]string{{"tokentype", "costtype"}, {"costusd"}, {"usagedateutc"}}, anthropicCosts("cost_usd")), cents}
	for _, l := range []layout{awsCosts(), googleCosts(), azureCosts()} {
		l.isCall = isModelCharge
		l.notes = append(l.notes, "lines of other services are left out")
		list = append(list, l)
	}
	return list
}

// openAICosts is the costs API (https://platform.openai.com/docs/api-reference/usage/costs)
// and the export of the dashboard's costs. Ungrouped reports name no line item.
func openAICosts() layout {
	l := bill(formatOpenAICosts, "openai", [][]string{{"lineitem"}, {"amountvalue"}}, map[field][]string{
		fTime:     {"start_time", "start_time_iso"},
		fCost:     {"amount/value", "amount_value"},
		fCurrency: {"amount/currency", "amount_currency"},
		fModel:    {"line_item"},
		fTag:      {"project_name", "project_id"},
		fUser:     {"user_id", "api_key_id"},
	})
	l.stash = []string{"data", "results"}
	return l
}

// anthropicCosts are the fields of the cost report of the admin API, whose amounts are
// cents (https://platform.claude.com/docs/en/api/admin/cost_report), and of the
// console's export, in dollars.
func anthropicCosts(amount string) map[field][]string {
	return map[field][]string{
		fTime:      {"starting_at", "usage_date_utc"},
		fCost:      {amount},
		fCurrency:  {"currency"},
		fModel:     {"model"},
		fRequested: {"description"},
		fOperation: {"cost_type"},
		fType:      {"token_type"},
		fTier:      {"service_tier", "usage_type"},
		fTag:       {"workspace", "workspace_id"},
		fUser:      {"api_key"},
	}
}

// awsCosts is a data export (CUR) of AWS, and what unfolds of Cost Explorer's table.
func awsCosts() layout {
	return bill(formatAWSCosts, "aws", [][]string{{"lineitemusagestartdate", costExplorerDate}, {"lineitemunblendedcost", costExplorerCost}}, map[field][]string{
		fTime:      {"line_item_usage_start_date", costExplorerDate},
		fCost:      {"line_item_unblended_cost", costExplorerCost},
		fCurrency:  {"line_item_currency_code"},
		fModel:     {"line_item_usage_type", costExplorerName},
		fRequested: {"product_product_name", "line_item_line_item_description"},
		fOperation: {"line_item_product_code"},
		fTag:       {"line_item_usage_account_name"},
	})
}

// googleCosts is the export of Cloud Billing to BigQuery and the console's cost table.
func googleCosts() layout {
	return bill(formatGoogleCosts, "google", [][]string{{"skudescription"}, {"cost", "subtotal"}, {"usagestarttime", "usagestartdate", "usagedate", "month", "date"}}, map[field][]string{
		fTime:      {"usage_start_time", "usage_start_date", "usage_date", "date", "month"},
		fCost:      {"cost", "subtotal"},
		fCurrency:  {"currency"},
		fModel:     {"sku/description", "sku_description"},
		fOperation: {"service/description", "service_description"},
		fTag:       {"project/name", "project_name", "project/id", "project_id"},
	})
}

// azureCosts is an export of Microsoft Cost Management.
func azureCosts() layout {
	return bill(formatAzureCosts, "azure", [][]string{{"metername", "meter"}, {"costinbillingcurrency", "pretaxcost", "costinusd", "costusd", "cost"}, {"date", "usagedate", "usagedatetime"}}, map[field][]string{
		fTime:      {"date", "UsageDate", "UsageDateTime"},
		fCost:      {"costInUsd", "CostUSD", "costInBillingCurrency", "PreTaxCost", "cost"},
		fCurrency:  {"billingCurrency", "billingCurrencyCode", "currency"},
		fModel:     {"meterName", "meter"},
		fRequested: {"meterSubCategory"},
		fOperation: {"meterCategory", "serviceName"},
		fTag:       {"resourceGroup", "resourceGroupName", "ResourceGroupName"},
	})
}

// billColumns are the names, squeezed, of the columns that a table of costs may have.
// One with any other column may count what no name tells, and is not taken for one.
func billColumns() map[field][]string {
	return map[field][]string{
		fTime:      {"date", "day", "month", "period", "time", "timestamp", "usagedate", "invoicedate", "invoicemonth", "billingmonth", "billingperiod", "startdate", "starttime"},
		fCost:      {"amount", "amountusd", "cost", "costusd", "costs", "spend", "spendusd", "total", "totalusd", "totalcost", "totalcostusd", "charge", "charges", "usd", "amountvalue"},
		fCurrency:  {"currency", "amountcurrency"},
		fModel:     {"model", "modelname", "lineitem", "item", "description", "sku", "skudescription"},
		fProvider:  {"provider", "vendor", "supplier"},
		fOperation: {"service", "product"},
		fType:      {"tokentype", "costtype", "type"},
		fTier:      {"servicetier", "tier"},
		fTag:       {"project", "projectid", "projectname", "team", "workspace", "workspaceid", "tag", "department", "app", "feature", "costcenter"},
		fUser:      {"user", "userid", "apikey", "apikeyid"},
		fNone:      {"invoice", "invoiceid", "invoicenumber", "note", "notes", "comment", "enddate", "endtime", "organizationid", "organizationname"},
	}
}

// tableOfCosts reads columns of usual names as a bill: when, how much, and for what.
func tableOfCosts(columns []string) (layout, bool) {
	paths := map[field][]string{}
	for _, column := range columns {
		name, known := squeeze(lastKey(column)), false
		for f, names := range billColumns() {
			if slices.Contains(names, name) {
				known = true
				paths[f] = append(paths[f], column)
			}
		}
		if !known {
			return layout{}, false
		}
	}
	delete(paths, fNone)
	names := len(paths[fModel]) + len(paths[fProvider]) + len(paths[fOperation])
	if len(paths[fTime]) == 0 || len(paths[fCost]) != 1 || names == 0 {
		return layout{}, false
	}
	l := bill(formatCosts, "", nil, paths)
	l.notes = append(l.notes, "a line of a month counts on its first day")
	return l, true
}

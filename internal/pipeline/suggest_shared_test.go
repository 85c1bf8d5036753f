package pipeline_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/segue-cs/segue/internal/pipeline"
	"github.com/segue-cs/segue/internal/suggest"
)

// TestSuggestShared holds proposals for real exports against what a person who
// knows them would map: kinds, keys, dates.
func TestSuggestShared(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		folder  string
		answers map[string]string
		want    []string // file: fact [by ids] account<-column at<-column ... (dates)
		not     []string // files that must not be read
	}{
		{
			folder: "crm_opportunities",
			want: []string{
				"accounts.csv: account account<-account parent<-subsidiary_of",
				"sales_pipeline.csv: opportunity account<-account id<-opportunity_id at<-engage_date closed_on<-close_date",
				"sales_teams.csv: teammate",
			},
			not: []string{"sales_pipeline.us_dates.csv", "sales_pipeline.dmy_dates.csv", "products.csv", "data_dictionary.csv"},
		},
		{
			folder: "ravenstack",
			want: []string{
				"ravenstack_accounts.csv: account account<-account_id valid_from<-signup_date",
				"ravenstack_subscriptions.csv: account account<-account_id",
				"ravenstack_subscriptions.csv: contract account<-account_id id<-subscription_id starts<-start_date ends<-end_date",
				"ravenstack_feature_usage.csv: event by subscription account<-subscription_id at<-usage_date",
				"ravenstack_support_tickets.csv: ticket account<-account_id id<-ticket_id at<-submitted_at",
			},
			not: []string{"ravenstack_churn_events.csv"},
		},
		{folder: "sp500_firmographics", want: []string{"constituents.csv: account account<-Symbol"}},
		{
			folder: "hierarchy_ecb_gleif",
			want: []string{
				"ecb_changes_2025.csv: account account<-lei",
				"ecb_less_significant.csv: account account<-lei",
				"ecb_significant_groups.csv: account account<-lei",
				"gleif-rr-golden-copy-subset-20260123.csv: account account<-Relationship.EndNode.NodeID",
				"gleif-rr-golden-copy-subset-20260123.csv: account account<-Relationship.StartNode.NodeID parent<-Relationship.EndNode.NodeID",
				"gleif_relationships.csv: account account<-parent_lei",
				"gleif_relationships.csv: account account<-child_lei parent<-parent_lei",
				"lei_names.csv: account account<-lei",
			},
		},
		{folder: "telco_ibm", want: []string{"Telco-Customer-Churn.csv: account account<-customerID"}},
		{
			folder: "aws_saas_sales",
			want: []string{
				"SaaS-Sales.csv: account account<-Customer ID",
				"SaaS-Sales.csv: order_line account<-Customer ID at<-Order Date (m/d/Y)",
			},
		},
		{
			folder: "connector_shapes/salesforce", answers: map[string]string{"amount.order": "year"},
			want: []string{
				"sf_account_data.csv: account account<-id parent<-parent_id",
				"sf_contact_data.csv: contact account<-account_id valid_from<-created_date",
				"sf_order_data.csv: contract account<-account_id id<-order_number starts<-effective_date ends<-end_date",
				"sf_opportunity_data.csv: opportunity account<-account_id id<-id at<-created_date expected_on<-close_date",
				"sf_event_data.csv: activity account<-account_id id<-id at<-activity_date_time",
				"sf_task_data.csv: activity account<-account_id id<-id at<-activity_date",
				"sf_user_data.csv: teammate",
			},
			not: []string{"sf_lead_data.csv", "sf_account_history_data.csv", "sf_opportunity_line_item_data.csv"},
		},
		{
			folder: "connector_shapes/hubspot",
			want: []string{
				"company_data.csv: account account<-id valid_from<-property_createdate",
				"contact_data.csv: contact account<-property_company valid_from<-property_createdate",
				"owner_data.csv: teammate",
				"users_data.csv: teammate",
			},
			not: []string{"company_data_snowflake.csv", "deal_data.csv", "ticket_data.csv", "deal_company_data.csv", "email_event_data.csv"},
		},
		{
			folder: "connector_shapes/stripe",
			want: []string{
				"customer_data.csv: account account<-id valid_from<-created",
				"subscription_data.csv: contract account<-customer_id id<-id starts<-start_date ends<-ended_at",
			},
			not: []string{"invoice_data.csv", "charge_data.csv", "account_data.csv", "subscription_history_data.csv"},
		},
		{
			folder: "connector_shapes/zendesk",
			want: []string{
				"organization_data.csv: account account<-id valid_from<-created_at",
				"user_data.csv: contact account<-organization_id valid_from<-created_at",
				"ticket_data.csv: ticket account<-organization_id id<-id at<-created_at",
			},
			not: []string{"ticket_comment_data.csv", "brand_data.csv"},
		},
		{
			folder: "connector_shapes/pendo",
			want: []string{
				"account_history.csv: account account<-id valid_from<-agent_creationdate",
				"visitor_history.csv: contact account<-account_id valid_from<-first_visit",
				"event.csv: event account<-account_id at<-timestamp",
				"feature_event.csv: event account<-account_id at<-timestamp",
				"guide_event.csv: event account<-account_id at<-timestamp",
				"page_event.csv: event account<-account_id at<-timestamp",
				"poll_event.csv: response account<-account_id at<-timestamp",
				"user.csv: teammate",
			},
			not: []string{"page_history.csv", "poll.csv"},
		},
	} {
		t.Run(tt.folder, func(t *testing.T) {
			t.Parallel()
			p := suggested(t, shared(t, tt.folder), tt.answers)
			var got []string
			for _, s := range p.Sources {
				got = append(got, mapped(s))
			}
			if diff := cmp.Diff(got, tt.want); diff != "" {
				t.Errorf("(-got +want):\n%s", diff)
			}
			if open := p.Open(); len(open) > 0 {
				t.Errorf("open questions: got %+v", open)
			}
			why := map[string]string{}
			for _, s := range p.Skipped {
				why[s.Table] = s.Why
			}
			for _, name := range tt.not {
				if why[name] == "" {
					t.Errorf("%s is not among the files that are not read", name)
				}
			}
		})
	}
}

// suggested proposes for the files of a folder.
func suggested(t *testing.T, folder string, answers map[string]string) suggest.Proposal {
	t.Helper()
	files, err := pipeline.Exports(folder)
	files = slices.DeleteFunc(files, func(f string) bool { return filepath.Ext(f) == ".xlsx" }) // of several sheets: somebody says which
	if err != nil {
		t.Fatal(err)
	}
	r := pipeline.SuggestRequest{Files: files, Names: map[string]string{}, Answers: answers}
	for _, f := range files {
		r.Names[f] = filepath.Base(f)
	}
	tables, unreadable, err := pipeline.Profiles(t.Context(), r, nil)
	if err != nil || len(unreadable) > 0 {
		t.Fatal(err, unreadable)
	}
	report, err := pipeline.Suggest(r, tables, nil)
	if err != nil {
		t.Fatal(err)
	}
	return report.Proposal
}

// mapped writes what says whose and when in a source.
func mapped(s suggest.Source) string {
	text := s.Table + ": " + s.Kind
	if s.Ids != "" {
		text += " by " + s.Ids
	}
	for _, to := range []string{"account", "parent", "id", "at", "starts", "ends", "valid_from", "expected_on", "closed_on"} {
		if n, ok := s.Binding(to); ok {
			text += " " + to + "<-" + n.From
		}
	}
	if s.Dates != "" {
		text += " (" + s.Dates + ")"
	}
	return strings.TrimSpace(text)
}

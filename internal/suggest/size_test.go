package suggest_test

import "testing"

// Where nothing says what customers pay or use, they are told apart by how large
// they are; what they earn themselves is never taken for ARR.
func TestValueOfAccountsAlone(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, file, metric, title string
		isMoney                   bool
	}{
		{"annual revenue", "Account ID,Account Name,Annual Revenue (USD),# Employees\nA1,Acme,6000000,12\nA2,Bolt,400000,3\nA3,Coil,500000,7", "size", "Annual revenue", true},
		{"employees", "Account ID,Account Name,# Employees\nA1,Acme,12\nA2,Bolt,3\nA3,Coil,7", "size", "Employees", false},
		{"neither", "Account ID,Account Name\nA1,Acme\nA2,Bolt\nA3,Coil", "", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v, ok := propose(t, nil, tableOf("crm.csv", tt.file)).Value()
			if ok != (tt.metric != "") || v.Metric != tt.metric || v.Title != tt.title || v.IsMoney != tt.isMoney || v.IsARR {
				t.Errorf("got %+v, %v; want %s, %q", v, ok, tt.metric, tt.title)
			}
		})
	}
}

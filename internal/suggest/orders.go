package suggest

import "github.com/segue-cs/segue/internal/fact"

// orderLines is the fact kind that the strategy declares for lines of orders.
func orderLines() fact.Kind {
	return fact.Kind{
		Name: OrderLine, Title: "Order lines", Why: "One line of an order or invoice.", Timing: fact.At, Coverage: fact.Flow, FreshWithin: 35,
		Columns: []fact.Column{
			{Name: "account", Type: fact.Account, Required: true, Title: "Account"},
			{Name: "invoice", Type: fact.Text, Title: "Order"},
			{Name: "product", Type: fact.Text, Title: "Product", Domain: "product"},
			{Name: "quantity", Type: fact.Number, Title: "Pieces"},
			{Name: "price", Type: fact.Number, Title: "Price of one"},
			{Name: "amount", Type: fact.Money, Title: "Amount"},
			{Name: "discount", Type: fact.Number, Title: "Discount"},
			{Name: "profit", Type: fact.Money, Title: "Profit"},
		},
	}
}

// orderLinesYAML declares the kind in a strategy.
const orderLinesYAML = `facts:
  order_line:
    title: Order lines
    why: One line of an order or invoice.
    timing: at
    coverage: flow          # the file tells of every day up to its last one
    fresh_within: 35d       # after that, recent orders can't be told any more
    columns:
      account: {type: account, required: true, title: Account}
      invoice: {type: text, title: Order}
      product: {type: text, domain: product, title: Product}
      quantity: {type: number, title: Pieces}
      price: {type: number, title: Price of one}
      amount: {type: money, title: Amount}
      discount: {type: number, title: Discount}
      profit: {type: money, title: Profit}
`

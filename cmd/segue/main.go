// Command segue segments customers by rules that a Customer Success team can
// read, and says why each customer is where it is.
package main

import (
	"os"

	"github.com/segue-cs/segue/internal/cli"
)

func main() {
	os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

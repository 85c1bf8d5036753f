package spec_test
import ("testing";"fmt";"github.com/segue-cs/segue/internal/spec";"github.com/segue-cs/segue/examples";"os")
func TestZZ(t *testing.T){
 for _,b:=range spec.Blocks(examples.Acme(), os.DirFS("../../examples/openstack"), os.DirFS("../../examples/online_retail")) { fmt.Printf("## %q %s | %s | %v\n",b.Paths,b.Doc,b.Short,b.Choice); for _,k:=range b.Keys { fmt.Printf("   %s | %s | %s | %s\n",k.Name,k.Takes,k.Needs,k.Example)}}
}

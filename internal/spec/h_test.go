package spec_test
import ("os";"testing";"strings";"time";"fmt";"testing/fstest";"github.com/segue-cs/segue/internal/spec")
func TestHostile(t *testing.T){
 var many strings.Builder
 many.WriteString("metrics:\n")
 for i:=0;i<4000;i++{ fmt.Fprintf(&many,"  m%d: {is: 'm%d + 1'}\n",i,i+1)}
 var chain strings.Builder
 chain.WriteString("currency: USD\nmetrics:\n  m500: {is: '1'}\n")
 for i:=0;i<500;i++{ fmt.Fprintf(&chain,"  m%d: {is: 'm%d + 1'}\n",i,i+1)}
 for n,c:=range map[string]string{
  "brackets":strings.Repeat("[",1<<19-10),"braces":strings.Repeat("{a: ",1<<17),"dashes":strings.Repeat("- ",1<<18-10),"quotes":strings.Repeat("'a' ",1<<17),
  "question":strings.Repeat("? ",1<<19-10),"anchors":strings.Repeat("&a ",34000),"keys":strings.Repeat("a: b\n",100000),"indent":func()string{var b strings.Builder;for i:=0;i<1400;i++{b.WriteString(strings.Repeat(" ",i)+"a:\n")};return b.String()}(),
  "colon":strings.Repeat(":",1<<19-10),"pipe":"a: |\n"+strings.Repeat(" x\n",150000),"plain":"a: "+strings.Repeat("x ",250000),"lines":"a: "+strings.Repeat("x\n  ",250000), "comments":strings.Repeat("#\n",250000),
  "many":many.String(),"chain":chain.String(), "colons":strings.Repeat("a: ",34000), "nl": strings.Repeat("\n",1<<19-10), "dq":"a: \""+strings.Repeat("\\n",250000), "tagsbang":strings.Repeat("!a ",34000),
 }{
  if os.Getenv("H")!="" && os.Getenv("H")!=n {continue}; b:=time.Now(); _,f:=spec.Load(fstest.MapFS{"a.yaml":{Data:[]byte(c)}}); 
  m:=""; if len(f)>0{m=f[0].String()}; if len(m)>150{m=m[:150]}
  t.Log(n,len(c),time.Since(b).Round(time.Millisecond),len(f),m)
 }}

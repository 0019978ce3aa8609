package main
import ("testing";"os";"context";"io";"time";"fmt";"netra/shared/dataset";"netra/shared/pricing";"netra/shared/savings")
func TestGen(t *testing.T){
 for _,n:=range []int{1000000} {
 t0:=time.Now()
 _,err:=dataset.Write(context.Background(),func(context.Context)(dataset.Source,error){return newTraffic(n,1),nil},func(context.Context)(io.WriteCloser,error){return os.Create(fmt.Sprint("/tmp/bench_",n,".parquet"))},dataset.Settings{})
 if err!=nil{t.Fatal(err)}
 fmt.Println("write",n,time.Since(t0)) } }
func TestReplay(t *testing.T){
 f,_:=os.Open("/tmp/bench_1000000.parquet"); st,_:=f.Stat(); fmt.Println("size",st.Size())
 book,_:=pricing.Embedded()
 for range 4 { t0:=time.Now()
 d,err:=dataset.Open(f,st.Size()); if err!=nil{t.Fatal(err)}
 t1:=time.Now(); d.Scan(context.Background(),func(*dataset.Columns)error{return nil}); fmt.Println("scan",time.Since(t1))
 t1=time.Now()
 a,err:=savings.Analyse(context.Background(),d,book,savings.Options{BatchTags:[]string{"nightly"}}); if err!=nil{t.Fatal(err)}
 fmt.Println("analyse",time.Since(t1),time.Since(t0),a.Plan.Levers,a.Plan.Verdict) } }

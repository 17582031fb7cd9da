// What evaluating the conditions of ../../micro/expression_benchmark.cc costs with cel-go, over the
// same event, so that both can stand in one table. metrics.spend is given, since cel-go has no
// orValue() on members; the others are word for word the same.
package celgo

import (
	"encoding/json"
	"syscall"
	"testing"
	"time"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/interpreter"
)

const event = `{
  "name": "Order Completed", "properties": {
    "order_id": "O-1029", "category": "bags", "sku": "S77", "quantity": 2, "currency": "IDR",
    "price": 250000, "email": "ani@example.id", "total": 750000,
    "items": [{"name": "Table", "price": 250000}, {"name": "Sofa", "price": 900000}],
    "coupon": null}}`

var conditions = []struct{ name, text string }{
	{"price_and_city", `event.properties.price > 100000.0 && customer.city == "Jakarta"`},
	{"one_of_categories", `event.properties.category in ["bags", "shoes", "hats"] && !(event.properties.sku in ["S1", "S2", "S3", "S4", "S5", "S6", "S7", "S8", "S9"])`},
	{"metrics", `metrics.orders >= 3 && metrics.spend + event.properties.price > 1000000.0`},
	{"items", `event.properties.items.exists(i, i.price > 500000 && i.name.startsWith("Sof"))`},
	{"text_and_time", `event.properties.email.matches("@example\\.(com|id)$") && event_timestamp.getHours("Asia/Jakarta") >= 9`},
}

// Of the whole process, so that collecting garbage counts; unlike elapsed time it does not depend on
// what else the machine does.
func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func BenchmarkEvaluate(b *testing.B) {
	env, err := cel.NewEnv(
		cel.Variable("event", cel.MapType(cel.StringType, cel.DynType)),
		cel.Variable("event_timestamp", cel.TimestampType),
		cel.Variable("customer.city", cel.StringType),
		cel.Variable("metrics.orders", cel.IntType),
		cel.Variable("metrics.spend", cel.DoubleType),
		cel.CrossTypeNumericComparisons(true),
	)
	if err != nil {
		b.Fatal(err)
	}
	var message map[string]any
	if err := json.Unmarshal([]byte(event), &message); err != nil {
		b.Fatal(err)
	}
	vars := map[string]any{
		"event":           message,
		"event_timestamp": time.Unix(1772420000, 0).UTC(),
		"customer.city":   "Jakarta",
		"metrics.orders":  int64(5),
		"metrics.spend":   900000.0,
	}
	for _, condition := range conditions {
		b.Run(condition.name, func(b *testing.B) {
			ast, issues := env.Compile(condition.text)
			if issues.Err() != nil {
				b.Fatal(issues.Err())
			}
			program, err := env.Program(ast, cel.EvalOptions(cel.OptOptimize),
				cel.OptimizeRegex(interpreter.MatchesRegexOptimization))
			if err != nil {
				b.Fatal(err)
			}
			activation, err := interpreter.NewActivation(vars)
			if err != nil {
				b.Fatal(err)
			}
			if out, _, err := program.Eval(activation); err != nil || out.Value() != true {
				b.Fatal("the condition must hold: ", out, err)
			}
			b.ReportAllocs()
			b.ResetTimer()
			before := cpuTime()
			for i := 0; i < b.N; i++ {
				if _, _, err := program.Eval(activation); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64((cpuTime()-before).Nanoseconds())/float64(b.N), "cpu-ns/op")
		})
	}
}

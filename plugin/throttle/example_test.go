package throttle_test

import (
	"context"
	"fmt"
	"time"

	"github.com/ginauth/ginauth/plugin/throttle"
)

func Example() {
	limiter, err := throttle.Memory(throttle.Rate{Times: 2, Window: time.Minute})
	if err != nil {
		panic(err)
	}
	// Config.LoginLimit hands the limiter to ginauth, which then does this for each login.
	ctx := context.Background()
	attempt := func(addr, password string) {
		if wait, _ := limiter.Begin(ctx, "alice", addr); wait > 0 {
			fmt.Println("429, without a look at the password")
			return
		}
		right := password == "correct horse"
		wait, _ := limiter.End(ctx, "alice", addr, !right)
		switch {
		case wait > 0:
			fmt.Println("429")
		case right:
			fmt.Println("200")
		default:
			fmt.Println("401")
		}
	}
	attempt("192.0.2.1", "guess")
	attempt("192.0.2.1", "guess")
	attempt("192.0.2.1", "correct horse")
	attempt("198.51.100.7", "correct horse")
	// Output:
	// 401
	// 401
	// 429, without a look at the password
	// 200
}

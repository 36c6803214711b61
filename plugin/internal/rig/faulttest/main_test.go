//go:build unix

package faulttest_test

import (
	"flag"
	"log"
	"os"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/internal/rig/history"
)

var form = flag.String("faults", "short", `"short", or "long": longer faults, several rounds`)

// nodeEnv holds the settings of a process that runs as a node instead of as a test.
const nodeEnv = "GINAUTH_FAULTTEST_NODE"

// worlds is how many tests run in parallel. They mostly wait, except those with a Cluster, which
// run alone.
const worlds = "4"

func TestMain(m *testing.M) {
	if settings := os.Getenv(nodeEnv); settings != "" {
		if err := serve(settings); err != nil {
			log.Fatal(err)
		}
		return
	}
	flag.Parse()
	if *form != "short" && *form != "long" {
		log.Fatalf("-faults=%s: want short or long", *form)
	}
	if err := flag.Set("test.parallel", worlds); err != nil {
		log.Fatal(err)
	}
	os.Exit(m.Run())
}

func long() bool { return *form == "long" }

// rounds is how often a test repeats each fault.
func rounds() int {
	if long() {
		return 6
	}
	return 1
}

// promised returns the bounds that the nodes must keep. In the long form they run with the
// default MaxStaleness.
func promised() history.Promise {
	p := history.Promise{MaxStaleness: 2 * time.Second, Healing: 4 * time.Second, Answer: 5 * time.Second, Unavailable: 3 * time.Second, GivesUp: 2 * time.Second}
	if long() {
		p.MaxStaleness = 5 * time.Second
	}
	return p
}

// outage is the length of a fault: longer than a mirror is trusted. In the long form it is the
// 15 s that the documents mention.
func outage() time.Duration {
	if long() {
		return 15 * time.Second
	}
	return promised().MaxStaleness + 1500*time.Millisecond
}

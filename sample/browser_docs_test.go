package main_test

import (
	"regexp"
	"strings"
	"testing"
)

// JavaScript from the documents runs in a browser on a page of a node, exactly as printed
// except for the address of the module.
func TestJavaScriptOfTheDocumentsRuns(t *testing.T) {
	t.Parallel()
	block := regexp.MustCompile("(?ms)^```js\n(.*?)^```$")
	ran := 0
	for path, text := range markdown(t) {
		for _, match := range block.FindAllStringSubmatch(text, -1) {
			ran++
			script := strings.Replace(match[1],
				`import { GinauthClient } from "./ginauth-client.js";`,
				`const { GinauthClient } = await import("/assets/ginauth-client.js");`, 1)
			if script == match[1] {
				t.Errorf("%s: a script that does not import the client", path)
			}
			n, w := start(t), newWindow(t)
			w.open(n.base + "/healthz")
			if got := w.run("(async () => {" + script + "return response.status + ' ' + auth.session })()"); got != "200 null" {
				t.Errorf("%s: %v after\n%s", path, got, script)
			}
		}
	}
	if ran == 0 {
		t.Error("no JavaScript was seen")
	}
}

package main_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// screenshots is relative to this folder; docs/CONTRIBUTING.md has the command.
var screenshots = flag.String("screenshots", "", "write screenshots of the demo page into this folder")

// look sets the size of the tab and the colour scheme that the user prefers.
func (w *window) look(width, height int64, scheme string) {
	w.t.Helper()
	w.do(chromedp.EmulateViewport(width, height))
	features := []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}
	if _, err := chromedp.Call(w.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: features}); err != nil {
		w.t.Fatal(err)
	}
}

// pictures are the screenshots that the README shows.
var pictures = map[string]string{"theft-light": "demo-light", "devices-dark": "demo-dark", "devices-phone-light": "demo-phone"}

// photograph saves a screenshot of the tab, from the top of the page.
func (w *window) photograph(name string) {
	w.t.Helper()
	if *screenshots == "" || pictures[name] == "" {
		return
	}
	w.run(`scrollTo(0, 0)`)
	image, err := chromedp.Run(w.ctx, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(filepath.Join(*screenshots, pictures[name]+".png"), image, 0o644)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// faults lists what makes a page hard to read or use: low contrast (WCAG 2.2, 1.4.3), controls
// without a name, duplicate ids, sideways scrolling.
const faults = `(() => {
	const context = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
	const paint = (colours) => {
		context.clearRect(0, 0, 1, 1);
		for (const colour of colours) { context.fillStyle = colour; context.fillRect(0, 0, 1, 1); }
		return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
	};
	const light = (rgb) => {
		const [r, g, b] = rgb.map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
		return 0.2126 * r + 0.7152 * g + 0.0722 * b;
	};
	const found = [];
	for (const e of document.querySelectorAll("body *")) {
		const words = [...e.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
		if (!words || !e.checkVisibility() || e.disabled || e.closest(".visually-hidden, .skip")) continue;
		const backs = [];
		for (let up = e; up; up = up.parentElement) backs.unshift(getComputedStyle(up).backgroundColor);
		const back = paint(backs);
		const [a, b] = [light(paint([...backs, getComputedStyle(e).color])), light(back)].sort((x, y) => y - x);
		const contrast = (a + 0.05) / (b + 0.05);
		if (contrast < 4.5) found.push("contrast " + contrast.toFixed(2) + ": " + e.className + " " + e.textContent.slice(0, 30));
	}
	for (const e of document.querySelectorAll("input, button, summary, progress, a[href], section")) {
		const labelled = e.getAttribute("aria-labelledby")?.split(" ").map((id) => document.getElementById(id)?.textContent).join("");
		if (!(e.ariaLabel || labelled || e.labels?.length || e.textContent.trim())) found.push("no name: " + e.outerHTML.slice(0, 80));
	}
	const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
	found.push(...ids.filter((id, i) => ids.indexOf(id) !== i).map((id) => "id twice: " + id));
	if (document.documentElement.scrollWidth > innerWidth) found.push("scrolls sideways: " + document.documentElement.scrollWidth);
	return JSON.stringify(found);
})()`

// readable checks the tab for faults in both colour schemes and at both sizes, and takes the
// screenshots.
func (w *window) readable(name string) {
	w.t.Helper()
	for _, c := range []struct {
		name, scheme  string
		width, height int64
	}{{"light", "light", 1200, 800}, {"dark", "dark", 1200, 800}, {"phone-light", "light", 390, 844}, {"phone-dark", "dark", 390, 844}} {
		w.look(c.width, c.height, c.scheme)
		var found []string
		if err := json.Unmarshal([]byte(w.run(faults).(string)), &found); err != nil {
			w.t.Fatal(err)
		}
		for _, fault := range found {
			w.t.Errorf("%s, %s: %s", name, c.name, fault)
		}
		w.photograph(name + "-" + c.name)
	}
}

func TestDemoPageLooksRightInEverySchemeAndSize(t *testing.T) {
	n := start(t, anyRedis(t).url(), "NODE_NAME=node-1")
	healed(t, n)
	w := newWindow(t)
	w.open(n.base)
	w.sees("#facts", "its copy of the list")
	w.readable("start")
	w.signIn(first, "user1")
	w.signIn(second, "user1")
	w.listed("2")
	w.click(first + "[data-do=call]")
	w.done("call")
	w.readable("devices")
	w.click(first + "[data-do=replay]")
	w.sees(first+".banner", dropped)
	w.click("#log details summary")
	w.readable("theft")
	w.signIn(first, "admin")
	w.sees("#admin [data-name=user1] [data-sessions]", "1 session")
	w.readable("admin")
}

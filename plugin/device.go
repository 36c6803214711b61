package ginauth

import (
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/plugin/session"
)

// device returns Config.DeviceName's answer, fit to be stored and shown.
func (c Config) device(request *gin.Context) string {
	if c.DeviceName == nil {
		return ""
	}
	return tidy(c.DeviceName(request), session.MaxDevice)
}

// named is a mark in a User-Agent and its name for people. Browsers mention each other, so the
// first mark found counts.
type named struct{ mark, name string }

var browsers = []named{
	{"Edg", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser/", "Samsung Internet"}, {"Vivaldi/", "Vivaldi"},
	{"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"}, {"CriOS/", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"},
}

var systems = []named{
	{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"},
	{"CrOS", "ChromeOS"}, {"Mac OS X", "macOS"}, {"Linux", "Linux"},
}

// DeviceFromUserAgent is a Config.DeviceName. It returns "Firefox on Linux" for a browser, the
// program's name for another client ("curl"), or "". It is a hint for people and proves
// nothing, since a client can send any User-Agent.
func DeviceFromUserAgent(c *gin.Context) string {
	agent := c.Request.UserAgent()
	system := first(systems, agent)
	browser := first(browsers, agent)
	switch {
	case browser != "" && system != "":
		return browser + " on " + system
	case browser != "":
		return browser
	}
	program, _, _ := strings.Cut(agent, " ")
	program, _, _ = strings.Cut(program, "/")
	if program == "Mozilla" { // sent by almost every client
		return system
	}
	return program
}

func first(marks []named, text string) string {
	for _, m := range marks {
		if strings.Contains(text, m.mark) {
			return m.name
		}
	}
	return ""
}

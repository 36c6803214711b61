package ginauth

import (
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/ginauth/ginauth/plugin/session"
)

// device is Config.DeviceName's answer, fit to be stored and shown.
func (a *Auth) device(c *gin.Context) string {
	if a.deviceName == nil {
		return ""
	}
	return tidy(a.deviceName(c), session.MaxDevice)
}

// named is a mark in a User-Agent and what it says to people. Browsers name each other, so
// the first that is found counts.
type named struct{ mark, name string }

var browsers = []named{
	{"Edg", "Edge"}, {"OPR/", "Opera"}, {"SamsungBrowser/", "Samsung Internet"}, {"Vivaldi/", "Vivaldi"},
	{"Firefox/", "Firefox"}, {"FxiOS/", "Firefox"}, {"CriOS/", "Chrome"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"},
}

var systems = []named{
	{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"},
	{"CrOS", "ChromeOS"}, {"Mac OS X", "macOS"}, {"Linux", "Linux"},
}

// DeviceFromUserAgent is a Config.DeviceName: "Firefox on Linux", or the program's name for
// what is no browser ("curl"), or "". It is a hint for people and proves nothing: a client
// calls itself what it likes.
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
	if program == "Mozilla" { // says nothing
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

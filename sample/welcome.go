package main

import (
	"fmt"
	"io"
	"net"
	"strings"
)

// welcome prints the address, the store and commands to try.
func (a *app) welcome(w io.Writer, addr net.Addr) {
	store := "Redis (" + a.config.redis.mode + ")"
	if a.rdb == nil {
		store = "in-memory (this process alone; set REDIS_URL for more)"
	}
	a.logger.Info("listening", "addr", addr.String(), "store", store)
	try := tryHeaders
	if a.config.cookies {
		try = tryCookies
	}
	text := strings.NewReplacer("BASE", baseURL(addr), "STORE", store, "USERS", userList()).Replace(welcomeText + try)
	_, _ = io.WriteString(w, text)
}

const welcomeText = `ginauth sample on BASE
Demo page: BASE/
Store: STORE
Demo users, name / password:
USERS
Try it, in another terminal:

`

const tryHeaders = `REPLY=$(curl -s BASE/login -d username=user1 -d password=password123)
TOKEN=$(echo "$REPLY" | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
REFRESH=$(echo "$REPLY" | sed 's/.*"refresh_token":"\([^"]*\)".*/\1/')
curl -s BASE/protected -H "Authorization: Bearer $TOKEN"; echo
REPLY=$(curl -s BASE/refresh -d "refresh_token=$REFRESH")
TOKEN=$(echo "$REPLY" | sed 's/.*"access_token":"\([^"]*\)".*/\1/')
curl -s BASE/protected/sessions -H "Authorization: Bearer $TOKEN"; echo
curl -s -X POST BASE/logout -H "Authorization: Bearer $TOKEN"; echo
curl -s BASE/protected -H "Authorization: Bearer $TOKEN"; echo

`

// A cookie with the __Host- prefix needs https, and curl judges that by the scheme alone. With
// INSECURE_COOKIES these commands work over http.
const tryCookies = `curl -s -c jar.txt BASE/login -d username=user1 -d password=password123; echo
curl -s -b jar.txt BASE/protected; echo
curl -s -b jar.txt -c jar.txt -X POST BASE/refresh; echo
curl -s -b jar.txt -c jar.txt -X POST BASE/logout; echo
curl -s -b jar.txt BASE/protected; echo

`

func userList() string {
	var b strings.Builder
	for _, u := range demoUsers() {
		_, _ = fmt.Fprintf(&b, "  %s / %s\n", u.name, u.password)
	}
	return b.String()
}

// baseURL is the address for a client on the same machine.
func baseURL(addr net.Addr) string {
	host, port, err := net.SplitHostPort(addr.String())
	if err != nil {
		return "http://" + addr.String()
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, port)
}

package main

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"time"

	"github.com/gin-gonic/gin"

	ginauth "github.com/ginauth/ginauth/plugin"
)

// webFiles is the demo page: plain files without a build step or external resources.
//
//go:embed web
var webFiles embed.FS

// pagePolicy lets the page run its own files and talk to its own origin, and nothing else:
// text injected into the page cannot become script.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'"

// webTypes lists the types of files that are served. It replaces the MIME table of the
// machine.
var webTypes = map[string]string{
	".css": "text/css; charset=utf-8",
	".js":  "text/javascript; charset=utf-8",
	".svg": "image/svg+xml",
}

// page renders the demo page once. The server tells the page how tokens travel and which users
// can log in.
func (a *app) page() (gin.HandlerFunc, error) {
	t, err := template.ParseFS(webFiles, "web/index.html")
	if err != nil {
		return nil, fmt.Errorf("demo page: %w", err)
	}
	mode := "header"
	if a.config.cookies {
		mode = "cookie"
	}
	var users []gin.H
	for _, u := range demoUsers() {
		users = append(users, gin.H{"Name": u.name, "Password": u.password})
	}
	var html bytes.Buffer
	if err := t.Execute(&html, gin.H{"Mode": mode, "Users": users}); err != nil {
		return nil, fmt.Errorf("demo page: %w", err)
	}
	return func(c *gin.Context) {
		c.Header("Content-Security-Policy", pagePolicy)
		sendWeb(c, "text/html; charset=utf-8", html.Bytes())
	}, nil
}

// asset serves one file of the page.
func (a *app) asset(c *gin.Context) {
	name := c.Param("name")
	contentType, served := webTypes[path.Ext(name)]
	content, err := fs.ReadFile(webFiles, path.Join("web", name))
	if !served || err != nil {
		a.auth.Refuse(c, ginauth.ErrNotFound)
		return
	}
	sendWeb(c, contentType, content)
}

func sendWeb(c *gin.Context, contentType string, content []byte) {
	c.Header("Content-Type", contentType)
	c.Header("Cache-Control", "no-cache") // the files change with the program
	c.Header("Cross-Origin-Resource-Policy", "same-origin")
	c.Header("Referrer-Policy", "no-referrer")
	http.ServeContent(c.Writer, c.Request, "", time.Time{}, bytes.NewReader(content))
}

// onEveryReply keeps browsers from guessing the type of a reply, and adds X-Served-By if
// NODE_NAME is set.
func (a *app) onEveryReply(c *gin.Context) {
	c.Header("X-Content-Type-Options", "nosniff")
	if a.config.nodeName != "" {
		c.Header("X-Served-By", a.config.nodeName)
	}
}

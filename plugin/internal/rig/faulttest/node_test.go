//go:build unix

package faulttest_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/ginauth/ginauth/plugin/internal/rig/history"
)

// patience is how long a client waits for an answer. It is longer than any pause of a node.
func patience() time.Duration { return outage() + 10*time.Second }

// node is one running process of the test.
type node struct {
	settings
	base   string
	log    *logText
	cmd    *exec.Cmd
	client *http.Client
	once   sync.Once
}

// logText collects the output of a process.
type logText struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

func (l *logText) contains(text string) bool { return strings.Contains(l.String(), text) }

func (l *logText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// launch starts a process and waits until it listens. The process is killed when the test
// ends.
func launch(t *testing.T, s settings) *node {
	t.Helper()
	text, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	n := &node{settings: s, log: &logText{}, cmd: exec.Command(os.Args[0])}
	n.client = &http.Client{Timeout: 2 * patience(), Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	n.cmd.Env = append(os.Environ(), nodeEnv+"="+string(text))
	n.cmd.Stderr = n.log
	if _, err := n.cmd.StdinPipe(); err != nil { // stays open until the test process exits
		t.Fatal(err)
	}
	out, err := n.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := n.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		n.kill()
		n.checkLog(t)
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("node %s does not listen: %v\n%s", s.Name, err, n.log)
	}
	n.base = "http://" + strings.TrimSpace(line)
	return n
}

func (n *node) kill() {
	n.once.Do(func() {
		_ = n.cmd.Process.Kill() // SIGKILL ends a paused process too
		_ = n.cmd.Wait()
		n.client.CloseIdleConnections()
	})
}

func (n *node) signal(t *testing.T, s syscall.Signal) {
	t.Helper()
	if err := n.cmd.Process.Signal(s); err != nil {
		t.Error(err)
	}
}

var badLog = regexp.MustCompile(`DATA RACE|panic|\beyJ[\w-]{10}|\brt1_|` + key + "|" + clientWord)

// checkLog fails the test if the log contains a race, a panic or a token.
func (n *node) checkLog(t *testing.T) {
	t.Helper()
	text := n.log.String()
	if bad := badLog.FindString(text); bad != "" {
		t.Errorf("%q is in the log of node %s", bad, n.Name)
	}
	if t.Failed() {
		path := filepath.Join(t.ArtifactDir(), n.Name+".log")
		t.Log(path, os.WriteFile(path, []byte(text), 0o600))
	}
}

// ready asks /readyz.
func (n *node) ready() (ok bool, why string) {
	request, err := http.NewRequest(http.MethodGet, n.base+"/readyz", http.NoBody)
	if err != nil {
		return false, err.Error()
	}
	response, err := n.client.Do(request)
	if err != nil {
		return false, err.Error()
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(response.Body)
	return response.StatusCode == http.StatusOK, string(body)
}

// post sends a form, either with an access token or with the client credentials of /revoke.
func (n *node) post(path, access string, form url.Values) history.Answer {
	request, err := http.NewRequest(http.MethodPost, n.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		return history.Answer{}
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if path == "/revoke" {
		request.SetBasicAuth(clientID, clientWord)
	}
	return n.send(request, access)
}

func (n *node) use(access string) history.Answer {
	request, err := http.NewRequest(http.MethodGet, n.base+"/protected", http.NoBody)
	if err != nil {
		return history.Answer{}
	}
	return n.send(request, access)
}

// send sends one request. No answer is Status 0.
func (n *node) send(request *http.Request, access string) history.Answer {
	if access != "" {
		request.Header.Set("Authorization", fmt.Sprint("Bearer ", access))
	}
	response, err := n.client.Do(request)
	if err != nil {
		return history.Answer{}
	}
	defer response.Body.Close()
	var tokens struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
		Session string `json:"session_id"`
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return history.Answer{}
	}
	_ = json.Unmarshal(body, &tokens) // not every reply has tokens
	return history.Answer{Status: response.StatusCode, Session: tokens.Session, Access: tokens.Access, Refresh: tokens.Refresh}
}

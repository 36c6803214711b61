package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"strconv"
	"time"
)

// client is one connection. It speaks only the HTTP/1.1 that replies with a Content-Length
// need, so that it costs little next to the server.
type client struct {
	conn net.Conn
	in   *bufio.Reader
	body []byte
}

func dial(ctx context.Context, addr string) (*client, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr)
	if err != nil {
		return nil, err
	}
	return &client{conn: conn, in: bufio.NewReader(conn)}, nil
}

func (c *client) close() { _ = c.conn.Close() }

// do sends a request and returns the status and the body. The body is valid until the next
// call.
func (c *client) do(request []byte) (int, []byte, error) {
	if _, err := c.conn.Write(request); err != nil {
		return 0, nil, err
	}
	line, err := c.in.ReadSlice('\n')
	if err != nil {
		return 0, nil, err
	}
	if len(line) < len("HTTP/1.1 200") {
		return 0, nil, errors.New("no HTTP reply")
	}
	status, err := strconv.Atoi(string(line[9:12]))
	if err != nil {
		return 0, nil, err
	}
	length := 0
	for {
		if line, err = c.in.ReadSlice('\n'); err != nil {
			return 0, nil, err
		}
		if line = bytes.TrimRight(line, "\r\n"); len(line) == 0 {
			break
		}
		if name, value, _ := bytes.Cut(line, []byte(": ")); string(name) == "Content-Length" {
			if length, err = strconv.Atoi(string(value)); err != nil {
				return 0, nil, err
			}
		}
	}
	if cap(c.body) < length {
		c.body = make([]byte, length)
	}
	c.body = c.body[:length]
	_, err = io.ReadFull(c.in, c.body)
	return status, c.body, err
}

func getRequest(path, token string) []byte {
	r := "GET " + path + " HTTP/1.1\r\nHost: loadtest\r\n"
	if token != "" {
		r += "Authorization: Bearer " + token + "\r\n"
	}
	return []byte(r + "\r\n")
}

func postRequest(path, token string, body []byte) []byte {
	r := fmt.Sprintf("POST %s HTTP/1.1\r\nHost: loadtest\r\nContent-Type: application/json\r\nContent-Length: %d\r\n", path, len(body))
	if token != "" {
		r += "Authorization: Bearer " + token + "\r\n"
	}
	return append([]byte(r+"\r\n"), body...)
}

func loginRequest(name string) []byte {
	body, _ := json.Marshal(map[string]string{"username": name, "password": password})
	return postRequest("/login", "", body)
}

func refreshRequest(token string) []byte {
	body, _ := json.Marshal(map[string]string{"refresh_token": token})
	return postRequest("/refresh", "", body)
}

// tokens are the members of a login or refresh reply, as ginauth or gin-jwt names them.
type tokens struct {
	Access  string `json:"access_token"`
	Token   string `json:"token"`
	Refresh string `json:"refresh_token"`
}

func (c *client) login(name string) (tokens, error) {
	status, body, err := c.do(loginRequest(name))
	if err != nil {
		return tokens{}, err
	}
	if status != 200 {
		return tokens{}, fmt.Errorf("login: status %d: %s", status, body)
	}
	var t tokens
	err = json.Unmarshal(body, &t)
	if t.Access == "" {
		t.Access = t.Token
	}
	return t, err
}

// refreshTokenIn finds the refresh token without parsing the whole reply.
func refreshTokenIn(body []byte) (string, error) {
	const name = `"refresh_token":"`
	_, rest, ok := bytes.Cut(body, []byte(name))
	token, _, closed := bytes.Cut(rest, []byte{'"'})
	if !ok || !closed {
		return "", errors.New("the reply has no refresh token")
	}
	return string(token), nil
}

// deadline keeps a broken server from blocking the run.
func (c *client) deadline(d time.Duration) { _ = c.conn.SetDeadline(time.Now().Add(d)) }

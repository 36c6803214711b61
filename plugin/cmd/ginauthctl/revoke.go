package main

import (
	"context"
	"fmt"
	"io"

	"github.com/ginauth/ginauth/plugin/redisstore"
	"github.com/ginauth/ginauth/plugin/session"
)

// revoked is the answer to every kind of revocation. 0 is not an error: the revocation is
// written anyway.
type revoked struct {
	Kind    string `json:"kind"`
	Revoked int    `json:"revoked"` // live sessions or tokens that it ended
}

func (r revoked) text(w io.Writer) {
	what := "session"
	if r.Kind == kindToken {
		what = "token"
	}
	_, _ = fmt.Fprintf(w, "revoked; %s had been live\n", plural(r.Revoked, what))
}

// Kinds of revocations, in CSV files and in answers.
const (
	kindSession = "session"
	kindSubject = "subject"
	kindToken   = "token"
	kindAll     = "all"
)

// revokeSessions checks all ids before it ends the first session.
func revokeSessions(ctx context.Context, store *redisstore.Store, o *options) (answer, error) {
	var ids []session.ID
	for i, text := range o.args {
		id, err := session.ParseID(text)
		if err != nil {
			return nil, usagef("revoke session: argument %d is no session id (22 characters of base64url)", i+1)
		}
		ids = append(ids, id)
	}
	r := revoked{Kind: kindSession}
	for i, id := range ids {
		n, err := store.Revoke(ctx, o.complete(session.Revocation{Kind: session.KindSession, ID: id}))
		if err != nil {
			return nil, fmt.Errorf("revoke session: %d of %d done: %w", i, len(ids), err)
		}
		r.Revoked += n
	}
	return r, nil
}

func revokeSubject(ctx context.Context, store *redisstore.Store, o *options) (answer, error) {
	what := o.complete(session.Revocation{Kind: session.KindSubject, Subject: o.args[0]})
	if !session.ValidSubject(what.Subject) {
		return nil, usagef("revoke subject: a subject is 1 to %d bytes of UTF-8", session.MaxSubject)
	}
	if o.except != "" {
		var err error
		if what.Except, err = session.ParseID(o.except); err != nil {
			return nil, usagef("revoke subject: -except is no session id (22 characters of base64url)")
		}
	}
	return revokeOne(ctx, store, what, kindSubject)
}

func revokeAll(ctx context.Context, store *redisstore.Store, o *options) (answer, error) {
	if !o.yes {
		return nil, usagef("revoke all: this logs out every user; add -yes to do it")
	}
	return revokeOne(ctx, store, o.complete(session.Revocation{Kind: session.KindAll}), kindAll)
}

func revokeOne(ctx context.Context, store *redisstore.Store, what session.Revocation, kind string) (answer, error) {
	n, err := store.Revoke(ctx, what)
	if err != nil {
		return nil, fmt.Errorf("revoke %s: %w", kind, err)
	}
	return revoked{kind, n}, nil
}

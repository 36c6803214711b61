package tracing

import (
	"context"

	"github.com/ginauth/ginauth/plugin/session"
)

// Create calls the store.
func (s store) Create(ctx context.Context, c session.Create) (session.Created, error) {
	ctx, span := s.start(ctx, "Create", session.ID{}, c.Subject)
	created, err := s.LoggedStore.Create(ctx, c)
	end(span, err, append(s.t.identity(nil, created.Session.ID, ""), keyCount.Int(len(created.Evicted)))...)
	return created, err
}

// Get calls the store.
func (s store) Get(ctx context.Context, id session.ID) (session.Session, error) {
	ctx, span := s.start(ctx, "Get", id, "")
	found, err := s.LoggedStore.Get(ctx, id)
	end(span, err)
	return found, err
}

// Ending calls the store. If the store has no session.Endings, every ending is ErrNotFound.
func (s store) Ending(ctx context.Context, id session.ID) (session.Ending, error) {
	endings, ok := session.As[session.Endings](s.LoggedStore)
	if !ok {
		return session.Ending{}, session.ErrNotFound
	}
	ctx, span := s.start(ctx, "Ending", id, "")
	ending, err := endings.Ending(ctx, id)
	end(span, err)
	return ending, err
}

// List calls the store.
func (s store) List(ctx context.Context, subject string) ([]session.Session, error) {
	ctx, span := s.start(ctx, "List", session.ID{}, subject)
	list, err := s.LoggedStore.List(ctx, subject)
	end(span, err, keyCount.Int(len(list)))
	return list, err
}

var outcomes = [...]string{
	session.OutcomeGone:     "gone",
	session.OutcomeAdvanced: "advanced",
	session.OutcomeRetried:  "retried",
	session.OutcomeReused:   "reused",
	session.OutcomeAhead:    "ahead",
}

// Rotate calls the store.
func (s store) Rotate(ctx context.Context, r session.Rotation) (session.Rotated, error) {
	ctx, span := s.start(ctx, "Rotate", r.ID, "")
	rotated, err := s.LoggedStore.Rotate(ctx, r)
	word := "unknown"
	if int(rotated.Outcome) < len(outcomes) {
		word = outcomes[rotated.Outcome]
	}
	end(span, err, keyOutcome.String(word))
	return rotated, err
}

// Confirm calls the store.
func (s store) Confirm(ctx context.Context, uses []session.Use) error {
	ctx, span := s.start(ctx, "Confirm", session.ID{}, "")
	err := s.LoggedStore.Confirm(ctx, uses)
	end(span, err, keyCount.Int(len(uses)))
	return err
}

// Check calls the store.
func (s store) Check(ctx context.Context, p session.Probe) error {
	ctx, span := s.start(ctx, "Check", p.ID, p.Subject)
	err := s.LoggedStore.Check(ctx, p)
	end(span, err)
	return err
}

var kinds = map[session.Kind]string{
	session.KindSession: "session", session.KindToken: "token", session.KindSubject: "subject", session.KindAll: "all",
}

// Revoke calls the store.
func (s store) Revoke(ctx context.Context, r session.Revocation) (int, error) {
	ctx, span := s.start(ctx, "Revoke", r.ID, r.Subject)
	if span != nil {
		span.SetAttributes(keyRevocation.String(kinds[r.Kind]))
	}
	n, err := s.LoggedStore.Revoke(ctx, r)
	end(span, err, keyCount.Int(n))
	return n, err
}

package redisstore

import (
	"cmp"
	"context"
	"slices"
	"strconv"

	"github.com/redis/go-redis/v9"

	"github.com/ginauth/ginauth/plugin/session"
)

// listPage is the number of sessions that one step of List reads.
const listPage = 500

// noSession is above every score of a session in a subject's list, and below that of the mark:
// see lua/create.lua.
const noSession = "(1e15"

// List returns the subject's live sessions, newest first. It reads them in pieces: of the
// sessions that begin or end meanwhile it has some and lacks others.
func (s *Store) List(ctx context.Context, subject string) ([]session.Session, error) {
	if !session.ValidSubject(subject) {
		return nil, session.ErrInvalidSubject
	}
	n := s.shardOf(subject)
	ctx, cancel := s.budget(ctx)
	defer cancel()
	list := []session.Session{}
	seen := make(map[string]bool)
	for at := (place{score: "-inf"}); ; {
		page, err := s.page(ctx, n, subject, at)
		if err != nil {
			return nil, err
		}
		var ids []string
		for _, z := range page {
			if id, _ := z.Member.(string); !seen[id] {
				seen[id] = true
				ids = append(ids, id)
			}
		}
		found, err := s.readLive(ctx, n, subject, ids)
		if err != nil {
			return nil, err
		}
		list = append(list, found...)
		if len(page) < listPage {
			break
		}
		at = at.after(page)
	}
	slices.SortStableFunc(list, func(a, b session.Session) int {
		return cmp.Compare(created(b.ID), created(a.ID))
	})
	return list, nil
}

// place is where a page of a subject's list begins: skip members after the first one that has
// the score. Refreshed sessions move to higher scores, so none slips by.
type place struct {
	score string
	skip  int
}

func (p place) after(page []redis.Z) place {
	last := page[len(page)-1].Score
	next := place{score: strconv.FormatFloat(last, 'f', -1, 64)}
	for i := len(page) - 1; i >= 0 && page[i].Score == last; i-- {
		next.skip++
	}
	if next.score == p.score {
		next.skip += p.skip
	}
	return next
}

// page reads a page of a subject's list.
func (s *Store) page(ctx context.Context, n uint8, subject string, at place) ([]redis.Z, error) {
	ctx, cancel := s.budget(ctx)
	defer cancel()
	return try(ctx, s, n, func(ctx context.Context) ([]redis.Z, error) {
		cmd := redis.NewZSliceCmd(ctx, "zrangebyscore", s.shards[n].list(subject), at.score, noSession,
			"withscores", "limit", at.skip, listPage)
		if err := s.ask(ctx, n, &question{cmd: cmd}); err != nil {
			return nil, err
		}
		return cmd.Result()
	})
}

// readLive returns the live ones of a subject's sessions.
func (s *Store) readLive(ctx context.Context, n uint8, subject string, texts []string) ([]session.Session, error) {
	ids, err := parseIDs(texts)
	if err != nil {
		return nil, err
	}
	records, err := s.readAll(ctx, n, ids)
	if err != nil {
		return nil, err
	}
	all, own, err := s.cutoffs(ctx, n, subject) // last: what they end meanwhile is not alive
	if err != nil {
		return nil, err
	}
	found := make([]session.Session, 0, len(ids))
	for i, r := range records {
		p := session.Probe{ID: ids[i], Subject: subject}
		if !r.live(p.ID, s.ms(n)) || r.subject != subject || all.covers(p) || own.covers(p) {
			continue
		}
		one, err := r.session(p.ID)
		if err != nil {
			return nil, err
		}
		found = append(found, one)
	}
	return found, nil
}

package redisstore

import (
	"context"

	"github.com/ginauth/ginauth/plugin/session"
)

// restorePiece is the number of entries that one step restores. It keeps Redis busy for about
// 2 ms.
const restorePiece = 200

// Restore puts entries back, 200 in each atomic step, several steps at a time.
func (s *Store) Restore(ctx context.Context, shard int, entries []session.Entry) error {
	n, err := s.shardNumber(shard)
	if err != nil {
		return err
	}
	pieces := max(1, (len(entries)+restorePiece-1)/restorePiece)
	return s.all(pieces, func(i int) error {
		return s.restorePiece(ctx, n, entries[i*restorePiece:min(len(entries), (i+1)*restorePiece)])
	})
}

func (s *Store) restorePiece(ctx context.Context, n uint8, entries []session.Entry) error {
	sh := &s.shards[n]
	args := []any{session.RestoreHold.Milliseconds(), sh.lists()}
	var keys []string
	for _, e := range entries {
		a, err := restoreArgs(e)
		if err != nil {
			return err
		}
		args = append(args, a...)
		if e.Kind == session.KindSession || e.Kind == session.KindToken {
			keys = append(keys, sh.session(e.ID.String()))
		}
	}
	_, err := s.run(ctx, restoreScript, n, keys, args...)
	return err
}

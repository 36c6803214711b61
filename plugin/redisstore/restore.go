package redisstore

import (
	"context"

	"github.com/ginauth/ginauth/plugin/session"
)

// restoreBatch is the number of entries that one step restores.
const restoreBatch = 500

// Restore puts entries back, 500 in each atomic step.
func (s *Store) Restore(ctx context.Context, shard int, entries []session.Entry) error {
	n, err := s.shardNumber(shard)
	if err != nil {
		return err
	}
	var args []any
	for i, e := range entries {
		a, err := restoreArgs(e)
		if err != nil {
			return err
		}
		args = append(args, a...)
		if (i+1)%restoreBatch == 0 || i == len(entries)-1 {
			if _, err := s.run(ctx, restoreScript, n, args...); err != nil {
				return err
			}
			args = args[:0]
		}
	}
	return nil
}

package session

// Notifier is a store that keeps a local copy of the log and reports what happens to it.
// ginauth.New subscribes to it, so that notices reach Config.OnEvent and Config.Logger.
type Notifier interface {
	// Notify calls fn for every notice from now on, after the latest notice of each shard
	// so far, if there is one. fn may be called from several goroutines at once and must
	// not block. cancel ends it; fn may still be running when cancel returns.
	Notify(fn func(Notice)) (cancel func())
}

// Notice is something that happened to one shard of a local copy.
type Notice struct {
	Kind  NoticeKind
	Shard int
	Count int   // NoticeHealed: entries that were put back
	Err   error // NoticeResync: why; NoticeStale, NoticeError: the last error, if any
}

// NoticeKind names what happened to the copy.
type NoticeKind uint8

// Kinds of notices. The zero NoticeKind is invalid.
const (
	NoticeInStep NoticeKind = iota + 1 // the shard is in step, for the first time or again
	NoticeStale                        // the shard is no longer trusted: proofs stopped coming
	NoticeResync                       // the shard is read again from the start
	NoticeHealed                       // entries that the store had lost were put back
	NoticeError                        // following failed, for the first time since the last proof
)

var noticeWords = [...]string{
	NoticeInStep: "in_step",
	NoticeStale:  "stale",
	NoticeResync: "resync",
	NoticeHealed: "healed",
	NoticeError:  "mirror_error",
}

// String returns the kind's word for logs and metrics, "unknown" for an invalid kind.
func (k NoticeKind) String() string {
	if int(k) >= len(noticeWords) || noticeWords[k] == "" {
		return "unknown"
	}
	return noticeWords[k]
}

package wire

import (
	"errors"
	"net/http"

	"github.com/ginauth/ginauth/plugin/internal/refusal"
)

var errByLink = errors.New("cookies alone carry a request whose method is safe")

// CheckSimple refuses a request from another origin that the browser sends without asking first
// (the simple requests of the Fetch standard), as any page can make it do. Other requests from
// another origin are left to the application's CORS rules.
func (t *Transport) CheckSimple(r *http.Request) error {
	switch mediaType(r) {
	case "", formType, "multipart/form-data", "text/plain":
		return t.CheckOrigin(r)
	}
	return nil
}

// CheckEnding refuses to end a session by a request of a safe method (RFC 9110 section 9.2.1)
// whose token came in a cookie: a link on any page, or a prefetch, is such a request.
func (t *Transport) CheckEnding(r *http.Request) error {
	if !safeMethod(r.Method) || !t.carriesCookie(r) {
		return nil
	}
	access, err := t.AccessToken(r)
	if err == nil && !t.InHeader(r, access) {
		err = refusal.Wrap(refusal.CrossOrigin, errByLink)
	}
	return err
}

// RefreshingAccess is AccessToken for a request that refreshes with it. A cookie refreshes only for
// a page of this origin, whatever the method: a link on another page sends it too.
func (t *Transport) RefreshingAccess(r *http.Request) (string, error) {
	access, err := t.AccessToken(r)
	if err != nil || access == "" || !safeMethod(r.Method) || t.InHeader(r, access) {
		return access, err
	}
	unsafe := *r
	unsafe.Method = http.MethodPost
	return access, t.CheckOrigin(&unsafe)
}

// MayClear reports whether the reply may delete cookies. Where a page of another site, or a
// link, has sent the request, the browser need not attach the cookies but would obey the reply.
func (t *Transport) MayClear(r *http.Request) bool {
	access, err := t.AccessToken(r)
	byHeader := err == nil && t.HeaderCarries(r, access)
	if safeMethod(r.Method) {
		return byHeader
	}
	return byHeader && t.refresh == "" || t.CheckOrigin(r) == nil
}

package ginauth

// Cookies are the settings of cookie mode: [Config].Cookies. The zero value is ready to use.
//
// Tokens travel in the cookies __Host-access_token (SameSite=Lax) and __Host-refresh_token
// (SameSite=Strict), both HttpOnly and Secure, and never in bodies. Access tokens in the
// header still work. An unsafe request from another origin that carries the cookies is
// refused ([net/http.CrossOriginProtection]), and so is every login from another origin. A
// LoginResponse or RefreshResponse hook receives the tokens and must not put them into its
// reply.
type Cookies struct {
	// Prefix begins the names of the cookies: "staff_" gives __Host-staff_access_token. Two
	// applications on one host, whatever their ports and paths, and two Auths in one engine
	// overwrite and delete each other's cookies unless their prefixes differ. Changing it logs
	// browsers out. At most 64 bytes of a cookie's name, not beginning with "__". Default: none.
	Prefix string

	// CSRFToken requires a signed double-submit token beside the check of the origin, for
	// clients and proxies that send neither Sec-Fetch-Site nor Origin. Login and refresh set
	// one more cookie, __Host-csrf_token, which scripts can read. Every unsafe request that
	// only cookies authenticate, refresh and logout included, must repeat it in the header
	// [CSRFHeader], else it is [ErrCrossOrigin]. The token is bound to the session and signed
	// with a key derived from the ring. A login needs none, since it has no session yet.
	// [Auth.CSRFToken] makes one for a page.
	CSRFToken bool

	// CSRFField is the name of a field of urlencoded forms (up to [MaxBody] bytes) that may
	// carry the token instead, for pages without scripts. Default: none. Only with CSRFToken.
	CSRFField string

	// ImplicitRefresh renews the tokens of server-rendered pages. When a browser navigates to
	// a page (GET or HEAD, from this origin or typed in, not a prefetch) behind
	// [Auth.Require] or [Auth.Optional] without a valid access token, the middleware
	// refreshes first and sets both cookies anew. If the refresh is refused, the cookies are
	// cleared and the request counts as one without a token; a store that does not answer is
	// [ErrUnavailable]. Every other request still refreshes at [Auth.RefreshHandler]. Not with
	// StrictRotation, under which two tabs opened at once would end the session. A handler
	// that sets Cache-Control overrides the no-store of a reply that sets cookies.
	ImplicitRefresh bool
}

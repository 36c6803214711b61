// Package throttle limits failed logins: per user name and per client address, in one
// process (Memory) or shared by all nodes (Redis). Its limiters are what ginauth's
// Config.LoginLimiter wants.
//
//	limiter, err := throttle.Redis(rdb, "ginauth", throttle.Rate{Failures: 10, Window: time.Minute})
//	auth, err := ginauth.New(ginauth.Config{LoginLimiter: limiter, ...})
//
// # The rule
//
// A name or an address that has failed Rate.Failures times within Rate.Window is
// throttled until the oldest of these failures is a window old. Nobody is locked out for
// longer, and nothing has to be unlocked.
//
// A throttled address is refused. For a throttled name the address decides: one that has
// failed within the window is refused, one that has not may try, and is let in if the
// password is right. So whoever guesses at a name cannot shut out its owner, who sits
// elsewhere, and an attacker gains one guess per window for each address that he has. A
// login that succeeds counts nothing.
//
// # Many guesses at once
//
// The password check takes time, and attempts that arrive together all find the name
// unthrottled. So the outcome is judged once more, in the step that counts it (End):
// when the name or the address has been throttled in the meantime, the outcome is
// withheld, a right password's too. However many guesses are made in parallel, at most
// Rate.Failures wrong ones a window are told from right ones. The other design, to reserve
// a place before the check, would refuse honest users: an office behind one address could
// not have more people log in at the same moment than Rate.Failures.
//
// What this does not bound is the work of checking passwords in parallel; package
// password does. And it withholds an answer, not the time that it took: let the password
// check take as long for a right password as for a wrong one.
//
// # Names and addresses
//
// Names are compared byte by byte: fold them first if the user store does. A name enters
// memory and Redis only as a hash of fixed length. An IPv6 address stands for its /64
// network, which is what one customer gets; an IPv4 address in IPv6 clothes is the IPv4
// address. Take the address from gin's ClientIP with trusted proxies set, as ginauth
// does, or an attacker chooses it.
package throttle

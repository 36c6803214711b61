// Package throttle limits failed logins, per user name and per client address, and other actions
// of a user, in one process ([Memory]) or across all nodes ([Redis]). Its limiters fit ginauth's
// Config.LoginLimit and Config.UserLimit; each of the two takes a limiter with a rate of its own.
//
//	limiter, err := throttle.Redis(store.Client(), "ginauth", throttle.Rate{Times: 10, Window: time.Minute})
//	auth, err := ginauth.New(ginauth.Config{LoginLimit: &ginauth.LoginLimit{Limiter: limiter}, ...})
//
// # The rule
//
// A name or an address that has failed Rate.Times times within Rate.Window is throttled
// until the oldest of these failures is one window old. No lock lasts longer, and none has to
// be lifted by hand.
//
// A throttled address is refused. For a throttled name the address decides: an address that has
// failed within the window is refused; one that has not may try, and is let in if the password
// is right. So an attacker who guesses at a name cannot shut out its owner, who comes from
// another address, and gains one guess per window for each address. A successful login does
// not count.
//
// # Many guesses at once
//
// The password check takes time, and attempts that arrive together all find the name
// unthrottled. Therefore the step that counts the outcome (End) applies the rule again: if the
// name or the address has been throttled in the meantime, the outcome is withheld, even that
// of a right password. However many guesses run in parallel, at most Rate.Times wrong ones
// per window can be told apart from right ones. The alternative, to reserve a place before the
// check, would refuse honest users: no more than Rate.Times people in an office behind one
// address could log in at the same moment.
//
// The limiter does not limit the work of checking passwords in parallel; package password does.
// It withholds an answer, not the time the answer took: the password check must take as long
// for a right password as for a wrong one.
//
// # Users
//
// Take limits other actions of a user: Rate.Times in any span of one window. An action that is
// refused is not counted.
//
// # Names and addresses
//
// Names are compared byte by byte: fold them first if the user store does. Memory and Redis hold
// names only as hashes of a fixed length. An IPv6 address counts as its /64 network, which is
// what one customer gets; an IPv4-mapped IPv6 address counts as the IPv4 address. Take the
// address from gin's ClientIP with trusted proxies set, as ginauth does; otherwise an attacker
// can choose it.
package throttle

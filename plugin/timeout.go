package ginauth

import (
	"bytes"
	"encoding/json"
	"reflect"
	"time"

	jwt "github.com/appleboy/gin-jwt/v2"
	jwtv4 "github.com/golang-jwt/jwt/v4"
)

// lifeAtLogin asks TimeoutFunc, which sees what PayloadFunc returned.
func (a *Auth) lifeAtLogin(claims jwt.MapClaims) time.Duration {
	return a.jwt.TimeoutFunc(jwtv4.MapClaims(claims))
}

// lifeAtRefresh asks TimeoutFunc, which sees what gin-jwt would have read from a token: float64 for
// numbers, unless ParseOptions say otherwise. It works on a copy. Claims that it changes are taken
// over; those that it leaves keep the type that Reload gave them, or the digits that the session
// has kept.
func (a *Auth) lifeAtRefresh(claims jwt.MapClaims) time.Duration {
	if a.config.JWT.TimeoutFunc == nil {
		return a.lifeAtLogin(claims)
	}
	seen, before := a.asRead(claims), a.asRead(claims)
	if seen == nil { // no token can be made of them either
		return a.lifeAtLogin(claims)
	}
	life := a.lifeAtLogin(seen)
	for name := range claims {
		if _, kept := seen[name]; !kept {
			delete(claims, name)
		}
	}
	for name, value := range seen {
		if old, had := before[name]; !had || !reflect.DeepEqual(value, old) {
			claims[name] = value
		}
	}
	return life
}

// asRead returns claims with the types that they have when they are read from a token, nil for
// claims that JSON cannot write.
func (a *Auth) asRead(claims jwt.MapClaims) jwt.MapClaims {
	written, err := json.Marshal(claims)
	if err != nil {
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(written))
	if a.access.KeepsDigits() {
		decoder.UseNumber()
	}
	read := jwt.MapClaims{}
	if err := decoder.Decode(&read); err != nil {
		return nil
	}
	return read
}

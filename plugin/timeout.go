package ginauth

import (
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

// lifeAtRefresh asks TimeoutFunc, which sees numbers as gin-jwt reads them from a token: float64,
// unless ParseOptions say otherwise. The claims that a login has kept are read digit for digit, and
// what TimeoutFunc does not change stays so in the new token.
func (a *Auth) lifeAtRefresh(claims jwt.MapClaims) time.Duration {
	if a.config.JWT.TimeoutFunc == nil || a.access.KeepsDigits() {
		return a.lifeAtLogin(claims)
	}
	seen, before := rounded(claims), rounded(claims)
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

// rounded is a deep copy whose JSON numbers are float64.
func rounded(claims jwt.MapClaims) jwt.MapClaims {
	c := make(jwt.MapClaims, len(claims))
	for name, value := range claims {
		c[name] = roundedValue(value)
	}
	return c
}

func roundedValue(v any) any {
	switch v := v.(type) {
	case json.Number:
		if f, err := v.Float64(); err == nil {
			return f
		}
	case map[string]any:
		return map[string]any(rounded(v))
	case []any:
		c := make([]any, len(v))
		for i, value := range v {
			c[i] = roundedValue(value)
		}
		return c
	}
	return v
}

package token

import (
	"encoding/json"
	"fmt"
	"math"
	"strconv"
)

// SubjectText returns the text of an identity, "" for a type that has none. A float or a
// struct is not an identity, since it can be written in more than one way.
func SubjectText(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case fmt.Stringer:
		return v.String()
	case int:
		return strconv.Itoa(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case uint64:
		return strconv.FormatUint(v, 10)
	case int32, uint32, uint, int16, uint16, int8, uint8:
		return fmt.Sprint(v)
	}
	return ""
}

// claimText is SubjectText for a value that was decoded from JSON. A number that JSON may have
// rounded is not an identity.
func claimText(v any) string {
	const exact = 1 << 53
	switch v := v.(type) {
	case float64:
		if v == math.Trunc(v) && math.Abs(v) < exact {
			return strconv.FormatInt(int64(v), 10)
		}
		return ""
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return strconv.FormatInt(n, 10)
		}
		return ""
	}
	return SubjectText(v)
}

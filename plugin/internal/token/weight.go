package token

import (
	"encoding/json"

	jwt "github.com/appleboy/gin-jwt/v2"
)

// Sizes of the parts of a cache entry on the heap, in bytes, for 64-bit Go and rounded up.
// TestTokenCacheKeepsItsBound compares them with the heap.
const (
	entryWeight  = 600 // Verified, cached, the cache's node and its place in the table
	mapWeight    = 100
	slotWeight   = 34 // of a map, beside the texts
	nameWeight   = 16
	listWeight   = 32
	itemWeight   = 20 // an item's place in a list that has just grown
	textWeight   = 24
	numberWeight = 8
)

func weigh(token string, c *cached) uint32 {
	return uint32(entryWeight + len(token) + weightOf(c.token.Claims))
}

// weightOf estimates the heap size of a decoded JSON value. A short token can decode into
// much: two bytes of JSON make an empty list of forty.
func weightOf(v any) int {
	switch v := v.(type) {
	case string:
		return textWeight + len(v)
	case json.Number:
		return textWeight + len(v)
	case jwt.MapClaims:
		return weightOf(map[string]any(v))
	case map[string]any:
		sum := mapWeight + slotWeight*slots(len(v))
		for name, member := range v {
			sum += nameWeight + len(name) + weightOf(member)
		}
		return sum
	case []any:
		sum := listWeight
		for _, item := range v {
			sum += itemWeight + weightOf(item)
		}
		return sum
	}
	return numberWeight
}

// slots returns the number of members that a map has room for: groups of eight, doubled when
// seven eighths are taken.
func slots(members int) int {
	n := 8
	for n < members || n > 8 && n*7/8 < members {
		n *= 2
	}
	return n
}

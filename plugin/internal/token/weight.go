package token

import (
	"encoding/json"

	jwt "github.com/appleboy/gin-jwt/v2"
)

// What an entry of the token cache takes of the heap, in bytes. The sizes are those of
// 64-bit Go, rounded up; TestTokenCacheKeepsItsBound holds them to the heap.
const (
	entryWeight  = 600 // Access, cachedToken, the cache's node and its place in the table
	mapWeight    = 100
	slotWeight   = 34 // of a map, beside the texts
	nameWeight   = 16
	listWeight   = 32
	itemWeight   = 20 // an item's place in a list that has just grown
	textWeight   = 24
	numberWeight = 8
)

func weigh(token string, t *cachedToken) uint32 {
	return uint32(entryWeight + len(token) + weightOf(t.access.Claims))
}

// weightOf weighs what encoding/json decodes into. A short token can say much: two bytes
// of JSON make an empty list of forty.
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

// slots is how many members a map has room for: groups of eight, doubled when seven eighths
// are taken.
func slots(members int) int {
	n := 8
	for n < members || n > 8 && n*7/8 < members {
		n *= 2
	}
	return n
}

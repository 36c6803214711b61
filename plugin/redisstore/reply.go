package redisstore

import "strconv"

// reply is a script's reply. Reading past its end, or as the wrong type, gives the zero value:
// the scripts and the code that reads them belong together.
type reply []any

func (r reply) at(i int) any {
	if i >= len(r) {
		return nil
	}
	return r[i]
}

func (r reply) text(i int) string { return text(r.at(i)) }

func (r reply) int(i int) int64 {
	switch v := r.at(i).(type) {
	case int64:
		return v
	case string:
		n, _ := strconv.ParseInt(v, 10, 64)
		return n
	}
	return 0
}

// hash reads a nested list of fields and values. It returns nil if there is none.
func (r reply) hash(i int) map[string]string {
	flat, ok := r.at(i).([]any)
	if !ok {
		return nil
	}
	h := make(map[string]string, len(flat)/2)
	for j := 0; j+1 < len(flat); j += 2 {
		h[text(flat[j])] = text(flat[j+1])
	}
	return h
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

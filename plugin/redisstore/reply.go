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

// texts returns the texts from i on.
func (r reply) texts(i int) []string {
	var texts []string
	for ; i < len(r); i++ {
		texts = append(texts, r.text(i))
	}
	return texts
}

func text(v any) string {
	s, _ := v.(string)
	return s
}

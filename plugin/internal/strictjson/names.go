package strictjson

// fewNames is how many members of an object are compared one by one. A token has about
// ten; looking through them costs less than one allocation.
const fewNames = 16

// names are the members of one object so far. The zero value is empty.
//
// Past fewNames it is a map: whoever sends an object of a thousand members, before any
// signature was looked at, must not make us compare half a million pairs.
type names struct {
	few  [fewNames][]byte
	n    int
	many map[string]struct{}
}

// add notes a name, and reports false if it was there already.
func (s *names) add(name []byte) bool {
	if s.n < fewNames {
		for _, other := range s.few[:s.n] {
			if string(other) == string(name) {
				return false
			}
		}
		s.few[s.n] = name
		s.n++
		return true
	}
	if s.many == nil {
		s.many = make(map[string]struct{}, 2*fewNames)
		for _, other := range s.few {
			s.many[string(other)] = struct{}{}
		}
	}
	if _, dup := s.many[string(name)]; dup {
		return false
	}
	s.many[string(name)] = struct{}{}
	return true
}

package strictjson

// fewNames is how many members of an object are compared one by one. A token has about ten,
// and comparing those costs less than one allocation.
const fewNames = 16

// names holds the member names of one object so far. The zero value is empty.
//
// Above fewNames it is a map. Otherwise an attacker without a valid signature could send an
// object of a thousand members and cause half a million comparisons.
type names struct {
	few  [fewNames][]byte
	n    int
	many map[string]struct{}
}

// add stores a name and reports whether it was new.
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

package main

import (
	"bytes"
	"testing"
)

// What decodeHash takes, encodeHash writes, and its costs are within bounds: whoever can
// write to the store gets no free hand over the memory of a login.
func FuzzDecodeHash(f *testing.F) {
	salt, hash := []byte("sixteen bytes ok"), bytes.Repeat([]byte{7}, hashBytes)
	f.Add(encodeHash(currentParams, salt, hash))
	f.Add(encodeHash(argon2Params{memory: 8, passes: 1, threads: 1}, salt, hash))
	f.Add("$argon2id$v=19$m=4294967295,t=1,p=1$c2l4dGVlbiBieXRlcyBvaw$AAAAAAAAAAAAAAAAAAAAAA")
	f.Add("$argon2id$v=19$m=+8,t=1,p=1$c2l4dGVlbiBieXRlcyBvaw$AAAAAAAAAAAAAAAAAAAAAA")
	f.Add("$argon2i$v=19$m=8,t=1,p=1$$")
	f.Fuzz(func(t *testing.T, encoded string) {
		p, salt, hash, err := decodeHash(encoded)
		if err != nil {
			return
		}
		if encodeHash(p, salt, hash) != encoded {
			t.Errorf("taken, but written otherwise: %q", encoded)
		}
		if p.memory < 8 || p.memory > maxMemory || p.passes < 1 || p.passes > maxPasses || p.threads < 1 || len(salt) < 8 || len(hash) < 16 {
			t.Errorf("out of bounds: %+v", p)
		}
	})
}

func TestDecodeHashRefusesOtherSpellings(t *testing.T) {
	const good = "$argon2id$v=19$m=8,t=1,p=1$c2l4dGVlbiBieXRlcyBvaw$AAAAAAAAAAAAAAAAAAAAAA"
	if _, _, _, err := decodeHash(good); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{
		"", good + "$", " " + good, good + "=", good[1:],
		"$argon2id$v=18$m=8,t=1,p=1$c2l4dGVlbiBieXRlcyBvaw$AAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=08,t=1,p=1$c2l4dGVlbiBieXRlcyBvaw$AAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=8,t=0,p=1$c2l4dGVlbiBieXRlcyBvaw$AAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=8,t=1,p=0$c2l4dGVlbiBieXRlcyBvaw$AAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=8,t=99,p=1$c2l4dGVlbiBieXRlcyBvaw$AAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=8,t=1,p=1$c2l4$AAAAAAAAAAAAAAAAAAAAAA",
		"$argon2id$v=19$m=8,t=1,p=1$c2l4dGVlbiBieXRlcyBvaw$AAAA",
		"$argon2id$v=19$m=8,t=1,p=1$c2l4dGVlbiBieXRlcyBvaw$AAAAAAAAAAAAAAAAAAAAAB", // trailing bits
	} {
		if _, _, _, err := decodeHash(bad); err == nil {
			t.Errorf("taken: %q", bad)
		}
	}
}

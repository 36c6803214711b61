package keys_test

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"strings"
	"testing"

	"github.com/ginauth/ginauth/plugin/keys"
)

func TestPEMFilesOfOpenSSL(t *testing.T) {
	for _, tt := range []struct {
		file, passphrase, alg, same string
		canSign                     bool
	}{
		{"rsa.pem", "", "RS256", "rsa.pem", true},
		{"rsa-pkcs1.pem", "", "RS256", "rsa.pem", true},
		{"rsa-encrypted.pem", passphrase, "RS256", "rsa.pem", true},
		{"rsa-public.pem", "", "RS256", "rsa.pem", false},
		{"rsa-certificate.pem", "", "RS256", "rsa.pem", false}, // expired, too
		{"p256.pem", "", "ES256", "p256.pem", true},
		{"p256-sec1.pem", "", "ES256", "p256.pem", true}, // EC PARAMETERS come first
		{"p256-public.pem", "", "ES256", "p256.pem", false},
		{"ed25519.pem", "", "EdDSA", "ed25519.pem", true},
		{"ed25519-encrypted.pem", passphrase, "EdDSA", "ed25519.pem", true}, // scrypt
		{"ed25519-public.pem", "", "EdDSA", "ed25519.pem", false},
	} {
		k, err := keys.ParsePEM(file(t, tt.file), tt.passphrase)
		if err != nil {
			t.Errorf("%s: %v", tt.file, err)
			continue
		}
		if k.Alg() != tt.alg || k.CanSign() != tt.canSign || k.ID() != load(t, "", tt.same).ID() {
			t.Errorf("%s: %v, CanSign %v", tt.file, k, k.CanSign())
		}
	}
}

func TestPEMMistakesSayWhatWasFound(t *testing.T) {
	block := func(kind string, content []byte) []byte {
		return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: content})
	}
	rsaDER, _ := pem.Decode(file(t, "rsa.pem"))
	encrypted, _ := pem.Decode(file(t, "rsa-encrypted.pem"))
	cut := encrypted.Bytes[:len(encrypted.Bytes)-3]
	for _, tt := range []struct {
		name       string
		data       []byte
		passphrase string
		want       error
		says       string
	}{
		{"empty", nil, "", keys.ErrInvalidKey, "no PEM block"},
		{"no PEM", secret, "", keys.ErrInvalidKey, "no PEM block"},
		{"DER", rsaDER.Bytes, "", keys.ErrInvalidKey, "no PEM block"},
		{"another block", block("CERTIFICATE REQUEST", nil), "", keys.ErrInvalidKey, "found CERTIFICATE REQUEST"},
		{"OpenSSH", block("OPENSSH PRIVATE KEY", nil), "", keys.ErrInvalidKey, "found OPENSSH PRIVATE KEY"},
		{"curve alone", block("EC PARAMETERS", nil), "", keys.ErrInvalidKey, "no PEM block"},
		{"two keys", append(file(t, "rsa.pem"), file(t, "p256.pem")...), "", keys.ErrInvalidKey, "PRIVATE KEY and PRIVATE KEY"},
		{"key and certificate", append(file(t, "rsa.pem"), file(t, "rsa-certificate.pem")...), "", keys.ErrInvalidKey, "PRIVATE KEY and CERTIFICATE"},
		{"junk inside", block("PRIVATE KEY", []byte("junk")), "", keys.ErrInvalidKey, "cannot read PRIVATE KEY"},
		{"junk certificate", block("CERTIFICATE", []byte("junk")), "", keys.ErrInvalidKey, "cannot read CERTIFICATE"},
		{"wrong label", block("PUBLIC KEY", rsaDER.Bytes), "", keys.ErrInvalidKey, "cannot read PUBLIC KEY"},
		{"RSA of 1024 bits", file(t, "rsa-1024.pem"), "", keys.ErrWeakKey, "at least 2048 bits, found 1024"},
		{"P-224", file(t, "p224.pem"), "", keys.ErrInvalidKey, "P-224"},
		{"secp256k1", file(t, "secp256k1.pem"), "", keys.ErrInvalidKey, "curve"},
		{"X25519", file(t, "x25519.pem"), "", keys.ErrInvalidKey, "ecdh"},
		{"Ed448", file(t, "ed448.pem"), "", keys.ErrInvalidKey, "unknown algorithm"},
		{"old encryption", file(t, "rsa-old-encryption.pem"), passphrase, keys.ErrInvalidKey, "old PEM encryption"},
		{"passphrase missing", file(t, "rsa-encrypted.pem"), "", keys.ErrPassphrase, "needs one"},
		{"passphrase wrong", file(t, "rsa-encrypted.pem"), "wrong", keys.ErrPassphrase, "cannot decrypt"},
		{"passphrase for a plain key", file(t, "rsa.pem"), passphrase, keys.ErrPassphrase, "not encrypted"},
		{"passphrase for a public key", file(t, "rsa-public.pem"), passphrase, keys.ErrPassphrase, "not encrypted"},
		{"encrypted and cut", block("ENCRYPTED PRIVATE KEY", cut), passphrase, keys.ErrPassphrase, "cannot decrypt"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k, err := keys.ParsePEM(tt.data, tt.passphrase)
			if !errors.Is(err, tt.want) || k != nil {
				t.Fatalf("%v, %v", k, err)
			}
			if !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%q does not say %q", err, tt.says)
			}
		})
	}
}

// AES wants an IV of 16 bytes. The library passes on what the file has, and the cipher panics.
func TestADamagedEncryptedFileIsAnErrorNotAPanic(t *testing.T) {
	block, _ := pem.Decode(file(t, "ed25519-encrypted.pem"))
	aes256cbc := []byte{0x06, 9, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x01, 0x2A}
	iv := bytes.Index(block.Bytes, aes256cbc) + len(aes256cbc)
	copy(block.Bytes[iv:], []byte{0x04, 14}) // an OCTET STRING of 14 bytes
	copy(block.Bytes[iv+16:], []byte{0x05, 0x00})
	if _, err := keys.ParsePEM(pem.EncodeToMemory(block), passphrase); !errors.Is(err, keys.ErrInvalidKey) {
		t.Errorf("%v", err)
	}
}

func TestErrorsAboutAKeyDoNotShowIt(t *testing.T) {
	seed := bytes.Repeat([]byte{0xA7}, ed25519.SeedSize)
	wrong := append(seed, seed...)
	_, err := keys.Private("", ed25519.PrivateKey(wrong))
	_, err2 := keys.HMAC("HS512", secret[:63])
	_, err3 := keys.ParsePEM(file(t, "rsa-encrypted.pem"), "my wrong passphrase")
	_, err4 := keys.ParsePEM(append([]byte("-----BEGIN PRIVATE KEY-----\n"), secret...), "")
	for _, err := range []error{err, err2, err3, err4} {
		if err == nil {
			t.Fatal("accepted")
		}
		for _, leak := range []string{"a7a7", "A7A7", "167 167", string(secret[:8]), "my wrong", base64.StdEncoding.EncodeToString(seed)[:12]} {
			if strings.Contains(err.Error(), leak) {
				t.Errorf("%q shows %q", err, leak)
			}
		}
	}
}

func FuzzParsePEM(f *testing.F) {
	for _, name := range []string{
		"rsa-public.pem", "p256.pem", "p256-sec1.pem", "ed25519.pem", "x25519.pem", "ed448.pem", "rsa-old-encryption.pem",
	} {
		f.Add(file(f, name), "")
	}
	f.Add(file(f, "rsa-encrypted.pem"), passphrase)
	f.Fuzz(func(t *testing.T, data []byte, passphrase string) {
		k, err := keys.ParsePEM(data, passphrase)
		if (k == nil) == (err == nil) {
			t.Fatalf("%v, %v", k, err)
		}
		if err == nil && (k.ID() == "" || k.Alg() == "") {
			t.Fatalf("a key without a name: %v", k)
		}
	})
}

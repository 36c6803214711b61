package keys_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/ginauth/ginauth/plugin/keys"
)

func TestAKeyFileThatOthersCanWriteIsRefused(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a mode has no such bits on Windows")
	}
	dir := t.TempDir()
	for mode, want := range map[fs.FileMode]struct{ exposed, refused bool }{
		0o600: {}, 0o400: {}, 0o640: {}, 0o440: {},
		0o644: {exposed: true}, 0o444: {exposed: true}, 0o604: {exposed: true},
		0o660: {refused: true}, 0o620: {refused: true}, 0o602: {refused: true}, 0o666: {refused: true}, 0o777: {refused: true},
	} {
		name := filepath.Join(dir, mode.String())
		link := name + ".link" // an orchestrator mounts a secret as a link
		if err := errors.Join(os.WriteFile(name, []byte("key"), 0o600), os.Chmod(name, mode), os.Symlink(name, link)); err != nil {
			t.Fatal(err)
		}
		for _, path := range []string{name, link} {
			text, exposed, err := keys.ReadFile(path)
			if errors.Is(err, keys.ErrKeyFile) != want.refused || exposed != want.exposed || (string(text) == "key") == want.refused {
				t.Errorf("%v: %q, exposed %v, %v", mode, text, exposed, err)
			}
		}
	}
	if _, _, err := keys.ReadFile(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

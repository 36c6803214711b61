package ginauth_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	ginauth "github.com/ginauth/ginauth/plugin"
	"github.com/ginauth/ginauth/plugin/internal/rig/authtest"
)

func TestAPrivateKeyFileThatOthersCanReachIsToldOrRefused(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a mode has no such bits on Windows")
	}
	file := filepath.Join(t.TempDir(), "key.pem")
	if err := os.WriteFile(file, rsaOurs().private, 0o600); err != nil {
		t.Fatal(err)
	}
	const warning = "everybody on this machine can read the private key: Config.JWT.PrivKeyFile"
	for mode, warned := range map[os.FileMode]bool{0o600: false, 0o640: false, 0o644: true} {
		if err := os.Chmod(file, mode); err != nil {
			t.Fatal(err)
		}
		app := authtest.New(t, useRSA, func(c *ginauth.Config) { c.JWT.PrivKeyBytes, c.JWT.PrivKeyFile = nil, file })
		if strings.Contains(app.Logs.String(), warning) != warned {
			t.Errorf("%v: warned %v: %s", mode, !warned, app.Logs)
		}
	}
	if err := os.Chmod(file, 0o620); err != nil { //nolint:gosec // G302: the test is about such modes
		t.Fatal(err)
	}
	config := goodConfig()
	useRSA(&config)
	config.JWT.PrivKeyBytes, config.JWT.PrivKeyFile = nil, file
	wantMistakes(t, config, "JWT.PrivKeyFile")
}

package main

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/emulators/process"
)

// checkout is a folder as `make build` leaves it. The processes that start in it
// are known by a variable of their environment.
type checkout struct {
	t         *testing.T
	dir, mark string
}

// checkouts builds the programs once and puts them into so many folders.
func checkouts(t *testing.T, n int) []checkout {
	t.Helper()
	if testing.Short() {
		t.Skip("builds two programs and starts the local cloud several times")
	}
	if runtime.GOOS != "linux" {
		t.Skip("looks for processes in /proc")
	}
	built := t.TempDir()
	out, err := exec.CommandContext(t.Context(), "go", "build", "-tags=disable_grpc_modules", "-o", built+"/", "netra/functions/cmd/cloudrun", "netra/scripts/netra").CombinedOutput()
	require.NoError(t, err, string(out))
	var all []checkout
	for range n {
		c := checkout{t, t.TempDir(), "NETRA_TEST_CHECKOUT=" + rand.Text()}
		require.NoError(t, os.Mkdir(filepath.Join(c.dir, "bin"), 0o755))
		for _, name := range []string{"cloudrun", "netra"} {
			require.NoError(t, os.Link(filepath.Join(built, name), filepath.Join(c.dir, "bin", name)))
		}
		all = append(all, c)
	}
	return all
}

// analyze starts `bin/netra analyze` on the built-in sample. Its standard error is
// to be read to the end.
func (c checkout) analyze() (*exec.Cmd, io.Reader) {
	c.t.Helper()
	cmd := exec.Command(filepath.Join(c.dir, "bin", "netra"), "analyze")
	cmd.Dir, cmd.Env = c.dir, append(os.Environ(), c.mark)
	told, err := cmd.StderrPipe()
	require.NoError(c.t, err)
	require.NoError(c.t, cmd.Start())
	c.t.Cleanup(func() { _ = cmd.Process.Kill() }) // of a test that failed; else it has ended
	return cmd, told
}

// processes are the command lines of what this checkout started and has not ended.
func (c checkout) processes() (found []string) {
	c.t.Helper()
	environments, err := filepath.Glob("/proc/[0-9]*/environ")
	require.NoError(c.t, err)
	for _, file := range environments {
		env, err := os.ReadFile(file)
		if err != nil || !bytes.Contains(env, []byte(c.mark)) {
			continue // another user's process, or one that has ended
		}
		line, err := os.ReadFile(filepath.Join(filepath.Dir(file), "cmdline"))
		if err == nil {
			found = append(found, strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return found
}

// interruptAt sends SIGINT when a line with the text is told and at least one other
// program runs, and waits for the end.
func (c checkout) interruptAt(text string) error {
	c.t.Helper()
	cmd, told := c.analyze()
	sent, all := false, ""
	for lines := bufio.NewScanner(told); lines.Scan(); {
		all += lines.Text() + "\n"
		if !sent && strings.Contains(lines.Text(), text) {
			sent = true
			require.Eventually(c.t, func() bool { return len(c.processes()) > 1 }, time.Minute, time.Millisecond)
			require.NoError(c.t, cmd.Process.Signal(syscall.SIGINT))
		}
	}
	err := cmd.Wait()
	require.True(c.t, sent, "%q was never told, but:\n%s", text, all)
	return err
}

func TestAnInterruptedAnalysisLeavesNoProcess(t *testing.T) {
	both := checkouts(t, 2)
	for moment, text := range map[string]string{
		"while the local cloud starts": "Starting the local cloud",
		"while the log is uploaded":    "Uploading",
		"when the run has ended":       "run completed",
	} {
		t.Run(moment, func(t *testing.T) {
			err := both[0].interruptAt(text)
			if text != "run completed" { // there it may be done before the signal arrives
				assert.Error(t, err, "an interrupted analysis is no success")
			}
			assert.Empty(t, both[0].processes())
		})
	}
	require.NoError(t, os.RemoveAll(filepath.Join(both[0].dir, "out")))
	t.Run("while a stage works, beside another checkout", func(t *testing.T) { besideAnother(t, both[0], both[1]) })
}

// besideAnother interrupts one checkout's analysis while another's goes on to its end.
func besideAnother(t *testing.T, interrupted, other checkout) {
	t.Helper()
	cmd, told := other.analyze()
	text := make(chan string)
	go func() {
		all, err := io.ReadAll(told)
		assert.NoError(t, err)
		text <- string(all)
	}()
	require.Error(t, interrupted.interruptAt("Data intelligence"))
	assert.Empty(t, interrupted.processes())
	all := <-text
	require.NoError(t, cmd.Wait(), all)
	assert.FileExists(t, filepath.Join(other.dir, "out", "report.html"))
	assert.NoFileExists(t, filepath.Join(interrupted.dir, "out", "report.html"))
	assert.Empty(t, other.processes())
}

func TestAnInterruptedLocalCloudKeepsItsDocuments(t *testing.T) {
	c := checkouts(t, 1)[0]
	port, err := process.FreePort()
	require.NoError(t, err)
	cmd := exec.Command(filepath.Join(c.dir, "bin", "netra"), "dev", "--dir", "kept", "--port", fmt.Sprintf("console=%d", port))
	cmd.Dir, cmd.Env = c.dir, append(os.Environ(), c.mark)
	told, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill() }) // of a test that failed; else it has ended
	all := ""
	for lines := bufio.NewScanner(told); lines.Scan(); {
		all += lines.Text() + "\n"
		if strings.Contains(lines.Text(), "Ctrl-C") {
			require.NoError(t, cmd.Process.Signal(syscall.SIGINT))
		}
	}
	require.NoError(t, cmd.Wait(), "that is how it is ended")
	assert.Contains(t, all, fmt.Sprintf("Netra is at http://127.0.0.1:%d ", port))
	assert.Contains(t, all, "kept in  kept\n")
	assert.FileExists(t, filepath.Join(c.dir, "kept", "firestore", "firestore.overall_export_metadata"))
	assert.DirExists(t, filepath.Join(c.dir, "kept", "bucket"))
	assert.Empty(t, c.processes())
}

func TestThePortsOfALocalCloudAreChecked(t *testing.T) {
	for text, want := range map[string]string{
		"console=0": "FUNCTION=PORT", "console": "FUNCTION=PORT", "console=65536": "FUNCTION=PORT", "front=80": `no function "front"`,
	} {
		var told bytes.Buffer
		assert.Equal(t, 2, realMain(t.Context(), []string{"dev", "--port", text}, stdio{nil, io.Discard, &told}), text)
		assert.Contains(t, told.String(), want)
	}
}

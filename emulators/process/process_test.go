package process_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"netra/emulators/process"
)

// TestMain plays a parent that starts a child, tells its process id and waits
// to be killed, when a test of this file asks for it.
func TestMain(m *testing.M) {
	if os.Getenv("PROCESS_TEST_PARENT") == "" {
		os.Exit(m.Run())
	}
	child, err := process.Start(process.Spec{Name: "child", Path: "/bin/sleep", Args: []string{"600"}})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println(child.PID())
	<-child.Done()
}

func shell(t *testing.T, script string, grace time.Duration) *process.Process {
	t.Helper()
	p, err := process.Start(process.Spec{
		Name: "script", Path: "/bin/sh", Args: []string{"-c", script},
		Log: filepath.Join(t.TempDir(), "script.log"), Grace: grace,
	})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, p.Kill()) })
	return p
}

func gone(pid int) func() bool {
	return func() bool { return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) || zombie(pid) }
}

func zombie(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && strings.Contains(string(stat), ") Z ")
}

func TestStopEndsTheWholeGroup(t *testing.T) {
	p := shell(t, "sleep 600 & echo $!; wait", 0)
	var child int
	require.NoError(t, p.WaitReady(t.Context(), time.Minute, func(context.Context) (err error) {
		child, err = strconv.Atoi(p.LogTail(100))
		return err
	}))
	require.NoError(t, p.Stop())
	assert.Eventually(t, gone(child), time.Minute, 5*time.Millisecond)
	assert.NoError(t, p.Stop(), "a second stop is fine")
}

func TestStopKillsWhatIgnoresTheSignal(t *testing.T) {
	p := shell(t, "trap '' TERM; echo ready; while :; do sleep 0.05; done", 10*time.Millisecond)
	require.NoError(t, p.WaitReady(t.Context(), time.Minute, func(context.Context) error {
		if p.LogTail(100) != "ready" {
			return errors.New("not yet")
		}
		return nil
	}))
	require.NoError(t, p.Stop())
	assert.ErrorContains(t, p.Err(), "killed")
}

func TestChildDiesWithItsKilledParent(t *testing.T) {
	parent := exec.Command(os.Args[0])
	parent.Env = append(os.Environ(), "PROCESS_TEST_PARENT=1")
	out, err := parent.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, parent.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	child, err := strconv.Atoi(strings.TrimSpace(line))
	require.NoError(t, err, line)
	require.NoError(t, syscall.Kill(child, 0), "the child lives")

	require.NoError(t, parent.Process.Kill())
	require.Error(t, parent.Wait())
	assert.Eventually(t, gone(child), time.Minute, 5*time.Millisecond)
}

func TestWaitReadyQuotesTheLogOfWhatEndedEarly(t *testing.T) {
	p := shell(t, "echo port is taken; exit 3", 0)
	err := p.WaitReady(t.Context(), time.Minute, func(context.Context) error { return errors.New("no answer") })
	assert.ErrorContains(t, err, "script ended before it was ready (exit status 3)")
	assert.ErrorContains(t, err, "port is taken")
}

func TestWaitReadyGivesUp(t *testing.T) {
	p := shell(t, "sleep 600", 0)
	err := p.WaitReady(t.Context(), 20*time.Millisecond, func(context.Context) error { return errors.New("no answer") })
	assert.ErrorIs(t, err, context.DeadlineExceeded)
	assert.ErrorContains(t, err, "no answer")
}

func TestStartTellsWhatCannotBeExecuted(t *testing.T) {
	_, err := process.Start(process.Spec{Name: "nothing", Path: filepath.Join(t.TempDir(), "none")})
	assert.ErrorIs(t, err, os.ErrNotExist)
	assert.ErrorContains(t, err, "start nothing")
}

func TestMemoryIsThatOfTheProcess(t *testing.T) {
	p := shell(t, "sleep 600", 0)
	now, peak, err := p.Memory()
	require.NoError(t, err)
	assert.Positive(t, now)
	assert.GreaterOrEqual(t, peak, now)
}

func TestProcessorTimeGrowsWithWork(t *testing.T) {
	idle, busy := shell(t, "exec sleep 600", 0), shell(t, "while :; do :; done", 0)
	require.Eventually(t, func() bool {
		worked, err := busy.CPU()
		require.NoError(t, err)
		slept, err := idle.CPU()
		require.NoError(t, err)
		return worked > 10*slept && worked > 0
	}, time.Minute, 10*time.Millisecond)
	require.NoError(t, busy.Kill())
	_, err := busy.CPU()
	assert.ErrorContains(t, err, "no schedstat", "of a process that has ended")
}

func TestFreePortsCanBeBoundAndDiffer(t *testing.T) {
	first, err := process.FreePort()
	require.NoError(t, err)
	second, err := process.FreePort()
	require.NoError(t, err)
	assert.NotEqual(t, first, second)
	assert.Less(t, max(first, second), 32768, "outside the range of outgoing connections")
}

//go:build unix && !linux

package process

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
)

func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}

// dieWithParent starts a shell that waits on a pipe which only this program
// holds open; when this program is gone, it kills the group.
func dieWithParent(pid int) (release func()) {
	r, w, err := os.Pipe()
	if err != nil {
		return func() {}
	}
	watch := exec.Command("sh", "-c", fmt.Sprintf("read x; test -n \"$x\" || kill -9 -%d", pid))
	watch.Stdin = r
	watch.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	err = watch.Start()
	r.Close()
	if err != nil {
		w.Close()
		return func() {}
	}
	return func() {
		fmt.Fprintln(w, "ended")
		w.Close()
		_ = watch.Wait()
	}
}

//go:build unix

package tool

import (
	"os/exec"
	"syscall"
)

// alone puts the command into a group of its own, where it gets one interrupt:
// together with the terminal's own a second would follow, at which Terraform
// stops at once, leaves its lock, and forgets what it had just created.
func alone(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func interrupt(cmd *exec.Cmd) error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGINT) }

//go:build !unix

package tool

import "os/exec"

// Where processes cannot be interrupted, a command is killed.
func alone(*exec.Cmd) {}

func interrupt(cmd *exec.Cmd) error { return cmd.Process.Kill() }

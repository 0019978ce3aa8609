package process

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// LogTail is the last n bytes of the program's log, for messages.
func (p *Process) LogTail(n int64) string {
	f, err := os.Open(p.spec.Log)
	if err != nil {
		return "(no log)"
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() > n {
		if _, err := f.Seek(-n, io.SeekEnd); err != nil {
			return "(no log)"
		}
	}
	text, err := io.ReadAll(f)
	if err != nil {
		return "(no log)"
	}
	return strings.TrimSpace(string(text))
}

// Memory is the resident set of the program in bytes: now, and its peak where
// the system tells it (Linux), else the same figure again.
func (p *Process) Memory() (now, peak int64, err error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.PID()))
	if err != nil {
		return p.memoryFromPS()
	}
	now, err = kibibytes(status, "VmRSS:")
	if err != nil {
		return 0, 0, err
	}
	peak, err = kibibytes(status, "VmHWM:")
	return now, peak, err
}

func kibibytes(status []byte, field string) (int64, error) {
	for line := range bytes.Lines(status) {
		rest, found := bytes.CutPrefix(line, []byte(field))
		if !found {
			continue
		}
		n, err := strconv.ParseInt(strings.Fields(string(rest))[0], 10, 64)
		return n << 10, err
	}
	return 0, fmt.Errorf("no %s in the process status", field)
}

// CPU is the processor time that the program has used so far, all its threads
// together. Linux only.
func (p *Process) CPU() (time.Duration, error) {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/schedstat", p.PID()))
	if err != nil || len(threads) == 0 {
		return 0, fmt.Errorf("processor time of %s: no schedstat of process %d (%v)", p.spec.Name, p.PID(), err)
	}
	var sum time.Duration
	for _, file := range threads {
		text, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) {
			continue // the thread has ended meanwhile
		}
		if err != nil {
			return 0, err
		}
		first, _, _ := strings.Cut(string(text), " ")
		ns, err := strconv.ParseInt(first, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("processor time of %s: %w", p.spec.Name, err)
		}
		sum += time.Duration(ns)
	}
	return sum, nil
}

func (p *Process) memoryFromPS() (now, peak int64, err error) {
	out, err := exec.Command("ps", "-o", "rss=", "-p", strconv.Itoa(p.PID())).Output()
	if err != nil {
		return 0, 0, fmt.Errorf("memory of %s: %w", p.spec.Name, err)
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(out)), 10, 64)
	return n << 10, n << 10, err
}

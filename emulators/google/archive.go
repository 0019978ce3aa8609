package google

import (
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// archive is a class-data archive of one jar for one Java: with it the emulator
// starts in half the time and with a third less memory (JEP 310, 350). The
// first emulator that is stopped in order records it into the user's cache.
type archive struct {
	path      string // where it lies or will lie; "" without a cache folder
	recording string // the file that this process records, or ""
}

// newArchive finds the archive, or has this process record it. A name holds
// what an archive depends on: the jar's path, size and time and the Java.
func newArchive(java, jar string) archive {
	cache, err := os.UserCacheDir()
	if err != nil {
		return archive{}
	}
	info, err := os.Stat(jar)
	if err != nil {
		return archive{}
	}
	version, err := exec.Command(java, "-version").CombinedOutput()
	if err != nil {
		return archive{}
	}
	key := sha256.Sum256(fmt.Appendf(nil, "%s %d %d %s", jar, info.Size(), info.ModTime().UnixNano(), version))
	a := archive{path: filepath.Join(cache, "netra", fmt.Sprintf("%s-%x.jsa", filepath.Base(jar), key[:6]))}
	if _, err := os.Stat(a.path); err == nil {
		return a
	}
	if os.MkdirAll(filepath.Dir(a.path), 0o755) == nil {
		a.recording = a.path + "." + rand.Text()
	}
	return a
}

// flags are the options of the virtual machine that use or record the archive.
// A stale or broken archive costs nothing: Java ignores it (-Xshare:auto).
func (a archive) flags() []string {
	switch {
	case a.recording != "":
		return []string{"-XX:ArchiveClassesAtExit=" + a.recording, "-Xlog:cds=off", "-Xlog:cds+dynamic=off"}
	case a.path != "":
		return []string{"-Xshare:auto", "-XX:SharedArchiveFile=" + a.path, "-Xlog:cds=off", "-Xlog:cds+dynamic=off"}
	}
	return nil
}

// keep puts a recorded archive in its place once the process has ended.
func (a archive) keep() error {
	if a.recording == "" {
		return nil
	}
	err := os.Rename(a.recording, a.path)
	if os.IsNotExist(err) { // the process was killed, or another one recorded it
		return nil
	}
	return err
}

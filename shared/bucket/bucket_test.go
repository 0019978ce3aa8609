package bucket_test

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gocloud.dev/blob/fileblob"

	"netra/shared/bucket"
)

// onDisk is a bucket in a folder of its own.
func onDisk(t *testing.T) (*bucket.Bucket, string) {
	t.Helper()
	dir := t.TempDir()
	b, err := fileblob.OpenBucket(dir, &fileblob.Options{Metadata: fileblob.MetadataDontWrite, NoTempDir: true})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, b.Close()) })
	return bucket.New(b), dir
}

// files lists what is on the disk below the folder.
func files(t *testing.T, dir string) []string {
	t.Helper()
	var all []string
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			below, _ := filepath.Rel(dir, path)
			all = append(all, filepath.ToSlash(below))
		}
		return err
	}))
	return all
}

func text(t *testing.T, r io.ReadCloser, err error) string {
	t.Helper()
	require.NoError(t, err)
	raw, err := io.ReadAll(r)
	require.NoError(t, errors.Join(err, r.Close()))
	return string(raw)
}

func TestUsersObjectsLieBelowTheUserOnly(t *testing.T) {
	b, dir := onDisk(t)
	require.NoError(t, b.User("ann").Put(t.Context(), "runs/r1/report.md", strings.NewReader("hers")))
	require.NoError(t, b.User("bob").Put(t.Context(), "runs/r1/report.md", strings.NewReader("his")))
	assert.ElementsMatch(t, []string{"users/ann/runs/r1/report.md", "users/bob/runs/r1/report.md"}, files(t, dir))
	r, err := b.User("ann").Open(t.Context(), "runs/r1/report.md")
	assert.Equal(t, "hers", text(t, r, err))
}

func TestNamesThatLeaveTheUserAreRefused(t *testing.T) {
	b, dir := onDisk(t)
	require.NoError(t, b.User("bob").Put(t.Context(), "secret", strings.NewReader("his")))
	ann := b.User("ann")
	for _, name := range []string{"", "/", "../bob/secret", "a/../../bob/secret", "/etc/passwd", "a//b", "./a", "a/.", "a/", `..\bob\secret`} {
		_, err := ann.Open(t.Context(), name)
		require.ErrorContains(t, err, "not allowed", "open %q", name)
		_, err = ann.OpenAt(t.Context(), name, 0, 1)
		require.ErrorContains(t, err, "not allowed", "open at %q", name)
		_, err = ann.Create(t.Context(), name)
		require.ErrorContains(t, err, "not allowed", "create %q", name)
		_, err = ann.Size(t.Context(), name)
		require.ErrorContains(t, err, "not allowed", "size %q", name)
		require.ErrorContains(t, ann.Put(t.Context(), name, strings.NewReader("x")), "not allowed", "put %q", name)
		if name != "a/" {
			require.ErrorContains(t, ann.DeleteAll(t.Context(), name), "not allowed", "delete %q", name)
		}
	}
	assert.Equal(t, []string{"users/bob/secret"}, files(t, dir))
}

func TestPartsAreReadAsOneLog(t *testing.T) {
	b, _ := onDisk(t)
	ann := b.User("ann")
	for i, part := range []string{"one,", "", "three"} {
		require.NoError(t, ann.PutPart(t.Context(), "d1", i, strings.NewReader(part)))
	}
	assert.Equal(t, "one,three", text(t, ann.Log(t.Context(), "d1", 3), nil))
	require.NoError(t, iotest.TestReader(ann.Log(t.Context(), "d1", 3), []byte("one,three")))
	size, err := ann.PartSize(t.Context(), "d1", 2)
	require.NoError(t, err)
	assert.EqualValues(t, 5, size)

	_, err = io.ReadAll(ann.Log(t.Context(), "d1", 4))
	require.ErrorIs(t, err, bucket.ErrNotFound)
	assert.ErrorContains(t, err, "part 3 of the log")
	early := ann.Log(t.Context(), "d1", 3)
	_, err = early.Read(make([]byte, 1))
	require.NoError(t, err)
	require.NoError(t, early.Close())
	_, err = early.Read(make([]byte, 1))
	assert.Error(t, err, "a closed log has no more")
}

func TestObjectAppearsWholeOrNotAtAll(t *testing.T) {
	b, dir := onDisk(t)
	cut := errors.New("connection reset")
	err := b.User("ann").Put(t.Context(), "part", io.MultiReader(strings.NewReader("half"), iotest.ErrReader(cut)))
	require.ErrorIs(t, err, cut)
	assert.Empty(t, files(t, dir))
	require.NoError(t, b.User("ann").Put(t.Context(), "part", strings.NewReader("whole")))
	require.Error(t, b.User("ann").Put(t.Context(), "part", iotest.ErrReader(cut)))
	r, err := b.User("ann").Open(t.Context(), "part")
	assert.Equal(t, "whole", text(t, r, err), "a failed write leaves the old object")
}

func TestRangeOfAnObject(t *testing.T) {
	b, _ := onDisk(t)
	require.NoError(t, b.User("ann").Put(t.Context(), "x", strings.NewReader("0123456789")))
	r, err := b.User("ann").OpenAt(t.Context(), "x", 3, 4)
	assert.Equal(t, "3456", text(t, r, err))
}

func TestDeleteTakesAFolderAndNotItsNeighbours(t *testing.T) {
	b, dir := onDisk(t)
	ann := b.User("ann")
	for _, name := range []string{"runs/r1/a", "runs/r1/b/c", "runs/r10/a", "runs/r1x"} {
		require.NoError(t, ann.Put(t.Context(), name, strings.NewReader("x")))
	}
	for range 2 {
		require.NoError(t, ann.DeleteAll(t.Context(), "runs/r1"))
	}
	assert.ElementsMatch(t, []string{"users/ann/runs/r10/a", "users/ann/runs/r1x"}, files(t, dir))
}

func TestEraseTakesAllOfTheUserAndNothingOfANeighbour(t *testing.T) {
	b, dir := onDisk(t)
	for _, uid := range []string{"ann", "ann-2", "an"} {
		for _, name := range []string{"datasets/d/parts/00000", "runs/r/artifacts/report.html", "other"} {
			require.NoError(t, b.User(uid).Put(t.Context(), name, strings.NewReader("x")))
		}
	}
	for range 2 {
		require.NoError(t, b.User("ann").Erase(t.Context()))
		left := strings.Join(files(t, dir), " ")
		assert.NotContains(t, left, "users/ann/")
		assert.Equal(t, 3, strings.Count(left, "users/ann-2/"))
		assert.Equal(t, 3, strings.Count(left, "users/an/"))
	}
}

func TestAFolderIsRoomOfItsOwn(t *testing.T) {
	b, dir := onDisk(t)
	ann := b.User("ann")
	require.NoError(t, ann.Put(t.Context(), "runs/r1/normal", strings.NewReader("x")))
	sort := ann.Folder("runs/r1/sort")
	w, err := sort.Create(t.Context(), "run-1")
	require.NoError(t, err)
	_, err = w.Write([]byte("calls"))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	r, err := sort.Open(t.Context(), "run-1")
	require.NoError(t, err)
	text, err := io.ReadAll(r)
	require.NoError(t, errors.Join(err, r.Close()))
	assert.Equal(t, "calls", string(text))
	require.NoError(t, sort.Clear(t.Context()))
	assert.ElementsMatch(t, []string{"users/ann/runs/r1/normal"}, files(t, dir))
}

func TestMissingObjectsAreNotFound(t *testing.T) {
	b, _ := onDisk(t)
	_, err := b.User("ann").Open(t.Context(), "x")
	require.ErrorIs(t, err, bucket.ErrNotFound)
	_, err = b.User("ann").Size(t.Context(), "x")
	require.ErrorIs(t, err, bucket.ErrNotFound)
	_, err = b.User("ann").PartURL(t.Context(), "d", 0)
	assert.Error(t, err, "a bucket that cannot sign says so")
}

func TestPingNoticesThatTheFolderWasDeleted(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "objects")
	opened, err := fileblob.OpenBucket(dir, &fileblob.Options{CreateDir: true})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, opened.Close()) })
	b := bucket.New(opened)
	require.NoError(t, b.Ping(t.Context()))
	require.NoError(t, os.RemoveAll(dir))
	assert.ErrorContains(t, b.Ping(t.Context()), "was deleted")
}

func TestPingTellsWhetherTheBucketAnswers(t *testing.T) {
	b, _ := onDisk(t)
	require.NoError(t, b.Ping(t.Context()))
	closed, err := fileblob.OpenBucket(t.TempDir(), nil)
	require.NoError(t, err)
	require.NoError(t, closed.Close())
	assert.Error(t, bucket.New(closed).Ping(t.Context()))
}

package dataset

// Forget makes a file decode its batches anew in every scan, as a large one does.
func (f *File) Forget() { f.keepRows = 0 }

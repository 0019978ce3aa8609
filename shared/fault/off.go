//go:build !faults

// Package fault marks the steps between which a crash must do no harm. In a
// normal build the marks do nothing; a build with the tag "faults", made by the
// fault suite only, asks a controller at each mark whether to die there.
package fault

// Point marks a step boundary.
func Point(string) {}

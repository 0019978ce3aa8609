// Package archtest holds the project to its rules of structure: who may import
// what, who reads the environment, how long a file may be, and that every stage
// of stages.json has its folder and its row. It has tests only.
package archtest

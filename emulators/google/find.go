package google

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// product is one of Google's emulators as it lies on disk.
type product struct {
	title     string
	variable  string   // environment variable that names the jar
	component string   // gcloud component
	apt       string   // Debian package
	pattern   string   // the jar, below the SDK's platform folder
	cached    string   // the jar, in firebase-tools' cache
	launch    []string // main class, where the jar's manifest names none
}

var errNotFound = errors.New("emulator not found")

func firestoreProduct() product {
	return product{
		title: "Firestore emulator", variable: "NETRA_FIRESTORE_JAR",
		component: "cloud-firestore-emulator", apt: "google-cloud-cli-firestore-emulator",
		pattern: "cloud-firestore-emulator/cloud-firestore-emulator.jar",
		cached:  "cloud-firestore-emulator-v*.jar",
		launch:  []string{"com.google.cloud.datastore.emulator.firestore.CloudFirestore"},
	}
}

func pubsubProduct() product {
	return product{
		title: "Pub/Sub emulator", variable: "NETRA_PUBSUB_JAR",
		component: "pubsub-emulator", apt: "google-cloud-cli-pubsub-emulator",
		pattern: "pubsub-emulator/lib/cloud-pubsub-emulator-*-all.jar",
		cached:  "pubsub-emulator-*/pubsub-emulator/lib/cloud-pubsub-emulator-*-all.jar",
		launch:  []string{"com.google.cloud.pubsub.testing.v1.Main"},
	}
}

// find is the path of the product's jar: the variable if it is set, else the
// SDK that the gcloud on PATH belongs to, else firebase-tools' cache.
func (p product) find() (string, error) {
	if jar := os.Getenv(p.variable); jar != "" {
		if _, err := os.Stat(jar); err != nil {
			return "", fmt.Errorf("%s names no emulator: %w", p.variable, err)
		}
		return jar, nil
	}
	for _, pattern := range p.places() {
		if found, err := filepath.Glob(pattern); err == nil && len(found) > 0 {
			return slices.Max(found), nil
		}
	}
	return "", fmt.Errorf("%w: the %s; install it with `gcloud components install %s`, "+
		"on Debian or Ubuntu with `apt-get install %s`, or set %s to its jar",
		errNotFound, p.title, p.component, p.apt, p.variable)
}

func (p product) places() []string {
	var places []string
	if root := sdkRoot(); root != "" {
		places = append(places, filepath.Join(root, "platform", p.pattern))
	}
	if home, err := os.UserHomeDir(); err == nil {
		places = append(places,
			filepath.Join(home, "google-cloud-sdk", "platform", p.pattern),
			filepath.Join(home, ".cache", "firebase", "emulators", p.cached))
	}
	return append(places, filepath.Join("/usr/lib/google-cloud-sdk/platform", p.pattern))
}

// sdkRoot is the folder of the Cloud SDK, or "". Following the program's links
// takes no time; asking it (a second of Python) is for wrappers such as snap's.
func sdkRoot() string {
	program, err := exec.LookPath("gcloud")
	if err != nil {
		return ""
	}
	if real, err := filepath.EvalSymlinks(program); err == nil {
		root := filepath.Dir(filepath.Dir(real))
		if _, err := os.Stat(filepath.Join(root, "platform")); err == nil {
			return root
		}
	}
	out, err := exec.Command(program, "info", "--format=value(installation.sdk_root)").Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

// java is the Java program: JAVA_HOME's, else the one on PATH.
func java() (string, error) {
	if home := os.Getenv("JAVA_HOME"); home != "" {
		if path := filepath.Join(home, "bin", "java"); executable(path) {
			return path, nil
		}
	}
	path, err := exec.LookPath("java")
	if err != nil {
		return "", errors.New("no java: Google's emulators need a Java runtime, version 11 or later " +
			"(`apt-get install default-jre-headless`, `brew install openjdk`), on PATH or in JAVA_HOME")
	}
	return path, nil
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir() && info.Mode()&0o111 != 0
}

package process

import (
	"fmt"
	"math/rand/v2"
	"net"
)

// Ports below the range that Linux (32768 up), macOS and Windows (49152 up)
// hand out to outgoing connections: a program that restarts on its old port
// must not find it taken by a client's connection.
const firstPort, lastPort = 20000, 32000

// FreePort is a loopback TCP port that nothing listens on.
func FreePort() (int, error) {
	var last error
	for range 100 {
		port := firstPort + rand.IntN(lastPort-firstPort)
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			last = err
			continue
		}
		return port, listener.Close()
	}
	return 0, fmt.Errorf("find a free port between %d and %d: %w", firstPort, lastPort, last)
}

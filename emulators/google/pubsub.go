package google

import "context"

// PubSub starts the Pub/Sub emulator. It keeps nothing over a restart.
func PubSub(ctx context.Context, o Options) (*Emulator, error) {
	return start(ctx, pubsubProduct(), o)
}

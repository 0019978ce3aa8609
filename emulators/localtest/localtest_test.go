package localtest_test

import (
	"os"
	"testing"

	"cloud.google.com/go/firestore"
	"cloud.google.com/go/pubsub/v2"
	"cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"netra/emulators/localtest"
)

func TestMain(m *testing.M) { os.Exit(localtest.Main(m)) }

func TestTestsDoNotSeeEachOthersDocuments(t *testing.T) {
	write := func(project string) {
		client, err := firestore.NewClient(t.Context(), project)
		require.NoError(t, err)
		defer client.Close()
		_, err = client.Doc("same/name").Create(t.Context(), map[string]any{"n": 1})
		require.NoError(t, err, "a fresh project is empty")
	}
	write(localtest.Firestore(t))
	write(localtest.Firestore(t))
}

func TestTestsDoNotSeeEachOthersTopics(t *testing.T) {
	first, second := localtest.PubSub(t), localtest.PubSub(t)
	client, err := pubsub.NewClient(t.Context(), first)
	require.NoError(t, err)
	defer client.Close()
	_, err = client.TopicAdminClient.CreateTopic(t.Context(), &pubsubpb.Topic{Name: "projects/" + first + "/topics/topic"})
	require.NoError(t, err)
	_, err = client.TopicAdminClient.GetTopic(t.Context(), &pubsubpb.GetTopicRequest{Topic: "projects/" + second + "/topics/topic"})
	assert.Equal(t, codes.NotFound, status.Code(err))
}

// Package secrets is a stand-in for Secret Manager: the real gRPC protocol over
// secrets in memory, on loopback. It has what the functions need (create, add,
// look at, list, destroy and access versions, delete) and what set-up needs (list,
// disable); rotation, labels and permissions are not there, and a replication
// must be named but changes nothing.
package secrets

import (
	"context"
	"fmt"
	"hash/crc32"
	"net"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// secretID is what Secret Manager takes as the name of a secret, and maxPayload
// what it takes as a version.
var secretID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,255}$`)

const maxPayload = 64 << 10

// Server is a running stand-in.
type Server struct {
	secretmanagerpb.UnimplementedSecretManagerServiceServer
	grpc     *grpc.Server
	listener net.Listener

	mu      sync.Mutex
	secrets map[string]*secret // by full name
}

type secret struct {
	created     *timestamppb.Timestamp
	replication *secretmanagerpb.Replication
	versions    []version // number 1 first
}

type version struct {
	payload []byte
	created *timestamppb.Timestamp
	state   secretmanagerpb.SecretVersion_State
}

// Start serves on a free loopback port.
func Start() (*Server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listen for the secrets: %w", err)
	}
	s := &Server{grpc: grpc.NewServer(), listener: listener, secrets: map[string]*secret{}}
	secretmanagerpb.RegisterSecretManagerServiceServer(s.grpc, s)
	go func() { _ = s.grpc.Serve(listener) }() // ends with Stop
	return s, nil
}

// Host is the endpoint, host:port, to be used without credentials.
func (s *Server) Host() string { return s.listener.Addr().String() }

// Stop ends the server; the secrets are gone.
func (s *Server) Stop() { s.grpc.Stop() }

// CreateSecret makes a secret without versions.
func (s *Server) CreateSecret(_ context.Context, r *secretmanagerpb.CreateSecretRequest) (*secretmanagerpb.Secret, error) {
	if !secretID.MatchString(r.SecretId) {
		return nil, status.Errorf(codes.InvalidArgument, "the secret id %q is not valid", r.SecretId)
	}
	if r.GetSecret().GetReplication().GetReplication() == nil {
		return nil, status.Error(codes.InvalidArgument, "the field [secret.replication] is required")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	name := r.Parent + "/secrets/" + r.SecretId
	if s.secrets[name] != nil {
		return nil, status.Errorf(codes.AlreadyExists, "Secret [%s] already exists.", name)
	}
	s.secrets[name] = &secret{created: timestamppb.Now(), replication: r.Secret.Replication}
	return s.secrets[name].describe(name), nil
}

// GetSecret describes a secret.
func (s *Server) GetSecret(_ context.Context, r *secretmanagerpb.GetSecretRequest) (*secretmanagerpb.Secret, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, err := s.find(r.Name)
	if err != nil {
		return nil, err
	}
	return found.describe(r.Name), nil
}

// ListSecrets lists the secrets of a project by name, on one page.
func (s *Server) ListSecrets(_ context.Context, r *secretmanagerpb.ListSecretsRequest) (*secretmanagerpb.ListSecretsResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	response := &secretmanagerpb.ListSecretsResponse{}
	for name, found := range s.secrets {
		if strings.HasPrefix(name, r.Parent+"/") {
			response.Secrets = append(response.Secrets, found.describe(name))
		}
	}
	slices.SortFunc(response.Secrets, func(a, b *secretmanagerpb.Secret) int { return strings.Compare(a.Name, b.Name) })
	response.TotalSize = int32(len(response.Secrets))
	return response, nil
}

// DeleteSecret removes a secret and its versions.
func (s *Server) DeleteSecret(_ context.Context, r *secretmanagerpb.DeleteSecretRequest) (*emptypb.Empty, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.find(r.Name); err != nil {
		return nil, err
	}
	delete(s.secrets, r.Name)
	return &emptypb.Empty{}, nil
}

// AddSecretVersion adds a version; its checksum, if given, must fit.
func (s *Server) AddSecretVersion(_ context.Context, r *secretmanagerpb.AddSecretVersionRequest) (*secretmanagerpb.SecretVersion, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, err := s.find(r.Parent)
	if err != nil {
		return nil, err
	}
	data := r.GetPayload().GetData()
	if len(data) > maxPayload {
		return nil, status.Errorf(codes.InvalidArgument, "the payload has %d bytes, over the %d that are allowed", len(data), maxPayload)
	}
	if sum := r.GetPayload().DataCrc32C; sum != nil && *sum != checksum(data) {
		return nil, status.Error(codes.InvalidArgument, "the checksum does not fit the data")
	}
	found.versions = append(found.versions, version{slices.Clone(data), timestamppb.Now(), secretmanagerpb.SecretVersion_ENABLED})
	return found.versionOf(r.Parent, len(found.versions)), nil
}

// AccessSecretVersion gives the data of a version, by number or "latest".
func (s *Server) AccessSecretVersion(_ context.Context, r *secretmanagerpb.AccessSecretVersionRequest) (*secretmanagerpb.AccessSecretVersionResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, name, number, err := s.findVersion(r.Name)
	if err != nil {
		return nil, err
	}
	v := found.versions[number-1]
	if v.state != secretmanagerpb.SecretVersion_ENABLED {
		return nil, status.Errorf(codes.FailedPrecondition, "Secret Version [%s] is in %v state.", r.Name, v.state)
	}
	sum := checksum(v.payload)
	return &secretmanagerpb.AccessSecretVersionResponse{
		Name:    found.versionOf(name, number).Name,
		Payload: &secretmanagerpb.SecretPayload{Data: v.payload, DataCrc32C: &sum},
	}, nil
}

func (s *Server) find(name string) (*secret, error) {
	if found := s.secrets[name]; found != nil {
		return found, nil
	}
	return nil, status.Errorf(codes.NotFound, "Secret [%s] not found.", name)
}

// findVersion resolves projects/P/secrets/S/versions/V.
func (s *Server) findVersion(name string) (found *secret, parent string, number int, err error) {
	parent, wanted, ok := strings.Cut(name, "/versions/")
	if !ok {
		return nil, "", 0, status.Errorf(codes.InvalidArgument, "%q does not name a version", name)
	}
	if found, err = s.find(parent); err != nil {
		return nil, "", 0, err
	}
	number = len(found.versions)
	if wanted != "latest" {
		if number, err = strconv.Atoi(wanted); err != nil {
			return nil, "", 0, status.Errorf(codes.InvalidArgument, "%q does not name a version", name)
		}
	}
	if number < 1 || number > len(found.versions) {
		return nil, "", 0, status.Errorf(codes.NotFound, "Secret Version [%s] not found.", name)
	}
	return found, parent, number, nil
}

func (s *secret) describe(name string) *secretmanagerpb.Secret {
	return &secretmanagerpb.Secret{Name: name, CreateTime: s.created, Replication: s.replication}
}

func (s *secret) versionOf(name string, number int) *secretmanagerpb.SecretVersion {
	v := s.versions[number-1]
	return &secretmanagerpb.SecretVersion{Name: name + "/versions/" + strconv.Itoa(number), CreateTime: v.created, State: v.state}
}

// checksum is the CRC32C that Secret Manager uses.
func checksum(data []byte) int64 {
	return int64(crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli)))
}

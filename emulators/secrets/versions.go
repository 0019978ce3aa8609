package secrets

import (
	"context"

	"cloud.google.com/go/secretmanager/apiv1/secretmanagerpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// GetSecretVersion describes a version, by number or "latest", whatever its state.
func (s *Server) GetSecretVersion(_ context.Context, r *secretmanagerpb.GetSecretVersionRequest) (*secretmanagerpb.SecretVersion, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, name, number, err := s.findVersion(r.Name)
	if err != nil {
		return nil, err
	}
	return found.versionOf(name, number), nil
}

// ListSecretVersions lists the versions of a secret, the newest first, on one
// page; it takes no filter.
func (s *Server) ListSecretVersions(_ context.Context, r *secretmanagerpb.ListSecretVersionsRequest) (*secretmanagerpb.ListSecretVersionsResponse, error) {
	if r.Filter != "" {
		return nil, status.Error(codes.Unimplemented, "the stand-in filters no versions")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	found, err := s.find(r.Parent)
	if err != nil {
		return nil, err
	}
	response := &secretmanagerpb.ListSecretVersionsResponse{TotalSize: int32(len(found.versions))}
	for number := len(found.versions); number > 0; number-- {
		response.Versions = append(response.Versions, found.versionOf(r.Parent, number))
	}
	return response, nil
}

// DisableSecretVersion makes a version unreadable.
func (s *Server) DisableSecretVersion(_ context.Context, r *secretmanagerpb.DisableSecretVersionRequest) (*secretmanagerpb.SecretVersion, error) {
	return s.change(r.Name, secretmanagerpb.SecretVersion_DISABLED)
}

// DestroySecretVersion makes a version unreadable for good and drops its data.
func (s *Server) DestroySecretVersion(_ context.Context, r *secretmanagerpb.DestroySecretVersionRequest) (*secretmanagerpb.SecretVersion, error) {
	return s.change(r.Name, secretmanagerpb.SecretVersion_DESTROYED)
}

func (s *Server) change(version string, to secretmanagerpb.SecretVersion_State) (*secretmanagerpb.SecretVersion, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, name, number, err := s.findVersion(version)
	if err != nil {
		return nil, err
	}
	v := &found.versions[number-1]
	if v.state == secretmanagerpb.SecretVersion_DESTROYED {
		return nil, status.Errorf(codes.FailedPrecondition, "Secret Version [%s] is already in DESTROYED state.", version)
	}
	v.state = to
	if to == secretmanagerpb.SecretVersion_DESTROYED {
		v.payload = nil
	}
	return found.versionOf(name, number), nil
}

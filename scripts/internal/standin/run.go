package standin

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

func terraform(c *Cloud, args []string) (string, error) {
	folder, verb := strings.TrimPrefix(args[0], "-chdir="), args[1]
	switch verb {
	case "init", "plan":
		return "", c.needState()
	case "import":
		return "", nil
	case "apply":
		return "", c.apply(folder, args)
	case "destroy":
		if folder == "infra" {
			c.Services = map[string]*Service{}
		}
		c.Applied = without(c.Applied, folder)
		return "", nil
	}
	return "", fmt.Errorf("stand-in terraform does not know %s", verb)
}

func (c *Cloud) needState() error {
	if !slices.Contains(c.Buckets, "gs://"+c.Project+"-netra-state") {
		return errors.New("error: the state bucket does not exist")
	}
	return nil
}

func (c *Cloud) apply(folder string, args []string) error {
	if err := c.needState(); err != nil {
		return err
	}
	if !slices.Contains(c.Applied, folder) {
		c.Applied = append(c.Applied, folder)
	}
	if folder != "infra" {
		return nil
	}
	names, err := functions()
	if err != nil {
		return err
	}
	image := variable(args, "image")
	for _, name := range names {
		if c.Services["netra-"+name] == nil { // an existing service keeps its image
			first := Revision{Name: "netra-" + name + "-00001", Image: image, Ready: true}
			c.Services["netra-"+name] = &Service{Revisions: []Revision{first}, Serving: first.Name}
		}
	}
	return nil
}

func variable(args []string, name string) string {
	for _, a := range args {
		if value, ok := strings.CutPrefix(a, "-var="+name+"="); ok {
			return value
		}
	}
	return ""
}

func outputs(c *Cloud, _ []string) (string, error) {
	if !slices.Contains(c.Applied, "infra") {
		return "{}", nil
	}
	value := func(v string) map[string]string { return map[string]string{"value": v} }
	data, err := json.Marshal(map[string]any{
		"api_url": value("http://api.invalid"), "console_url": value("http://console.invalid"),
		"bucket": value(c.Project + "-netra-data"), "firebase_api_key": value("key"),
	})
	return string(data), err
}

func (c *Cloud) service(args []string) (*Service, error) {
	s := c.Services[args[3]]
	if s == nil {
		return nil, errNotFound
	}
	return s, nil
}

func describeService(c *Cloud, args []string) (string, error) {
	s, err := c.service(args)
	if err != nil {
		return "", err
	}
	newest, ready := s.Revisions[len(s.Revisions)-1], ""
	for _, r := range s.Revisions {
		if r.Ready {
			ready = r.Name
		}
	}
	data, err := json.Marshal(map[string]any{
		"spec": map[string]any{"template": map[string]any{"spec": map[string]any{"containers": []any{map[string]any{"image": newest.Image}}}}},
		"status": map[string]any{
			"latestCreatedRevisionName": newest.Name, "latestReadyRevisionName": ready,
			"traffic": []any{map[string]any{"revisionName": s.Serving, "percent": 100}},
		},
	})
	return string(data), err
}

// updateService makes a revision; an image whose digest ends in "bad" never
// becomes ready.
func updateService(c *Cloud, args []string) (string, error) {
	s, err := c.service(args)
	if err != nil {
		return "", err
	}
	image := flag(args, "image")
	s.Revisions = append(s.Revisions, Revision{
		Name: fmt.Sprintf("%s-%05d", args[3], len(s.Revisions)+1), Image: image, Ready: !strings.HasSuffix(image, "bad"),
	})
	if !slices.Contains(args, "--no-traffic") {
		s.Serving = s.Revisions[len(s.Revisions)-1].Name
	}
	return "", nil
}

func moveTraffic(c *Cloud, args []string) (string, error) {
	s, err := c.service(args)
	if err != nil {
		return "", err
	}
	revision, share, _ := strings.Cut(flag(args, "to-revisions"), "=")
	if share != "100" || !slices.ContainsFunc(s.Revisions, func(r Revision) bool { return r.Name == revision }) {
		return "", errNotFound
	}
	s.Serving = revision
	return "", nil
}

// listRevisions prints the ready revisions, the newest first.
func listRevisions(c *Cloud, args []string) (string, error) {
	s := c.Services[flag(args, "service")]
	if s == nil {
		return "", errNotFound
	}
	out := ""
	for _, r := range slices.Backward(s.Revisions) {
		if r.Ready {
			out += r.Name + "\n"
		}
	}
	return out, nil
}

package check_test

import (
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/zclconf/go-cty/cty"

	"netra/infra/check"
)

// evaluate plans a module of one file.
func evaluate(text string) (check.Plan, error) {
	module, err := check.Load(fstest.MapFS{"m/main.tf": {Data: []byte(text)}, "m/list.json": {Data: []byte(`["a", "b"]`)}}, "m")
	if err != nil {
		return check.Plan{}, err
	}
	return module.Evaluate(map[string]cty.Value{})
}

func TestForEachCountAndDynamicBlocksAreExpanded(t *testing.T) {
	plan, err := evaluate(`
locals { names = toset(jsondecode(file("${path.module}/list.json"))) }
resource "x_thing" "each" {
  for_each = local.names
  name     = "n-${each.key}"
  dynamic "part" {
    for_each = { one = 1, two = 2 }
    content {
      label = part.key
      size  = part.value
    }
  }
}
resource "x_thing" "many" {
  count = 2
  name  = "m-${count.index}"
}
resource "x_user" "u" {
  uses   = x_thing.each["a"].id
  others = [for t in x_thing.many : t.id]
}`)
	require.NoError(t, err)
	var addresses []string
	for _, i := range plan.Instances {
		addresses = append(addresses, i.Address)
	}
	assert.Equal(t, []string{`x_thing.each["a"]`, `x_thing.each["b"]`, "x_thing.many[0]", "x_thing.many[1]", "x_user.u"}, addresses)
	assert.Equal(t, "n-b", plan.Instances[1].Text("name"))
	parts := plan.Instances[0].All("part")
	require.Len(t, parts, 2)
	assert.Equal(t, "two", parts[1].Text("label"))
	assert.Equal(t, "2", parts[1].Text("size"))
	assert.Equal(t, `x_thing.each["a"].id`, plan.Instances[4].Text("uses"))
	assert.Equal(t, "[x_thing.many[0].id x_thing.many[1].id]", plan.Instances[4].Text("others"))
}

func TestConfigurationThatTerraformWouldRefuseIsRefused(t *testing.T) {
	cases := []struct{ name, text, says string }{
		{"syntax", `resource "x" {`, "parse configuration"},
		{"local in a circle", "locals {\n  a = local.b\n  b = local.a\n}", "depends on itself"},
		{"unknown variable", `output "o" { value = var.nothing }`, `no variable "nothing"`},
		{"unknown data source", `output "o" { value = data.x_y.z.id }`, `"data.x_y.z", which does not exist`},
		{"unknown function", `output "o" { value = timestamp() }`, "timestamp"},
		{"unknown block", `moved {}`, `block "moved"`},
		{"resource twice", "resource \"x\" \"a\" {}\nresource \"x\" \"a\" {}", "defined twice"},
		{"local twice", "locals { a = 1 }\nlocals { a = 2 }", "defined twice"},
		{"for_each over a list", `resource "x" "a" { for_each = ["a"] }`, "wants a map or a set"},
		{"variable without a type", `variable "v" { default = 1 }`, "has no type"},
		{"value of another type", "variable \"v\" {\n  type = number\n  default = \"x\"\n}", `variable "v"`},
		{"file that is not there", `output "o" { value = file("${path.module}/none") }`, "file does not exist"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := evaluate(c.text)
			assert.ErrorContains(t, err, c.says)
		})
	}
}

func TestFolderWithoutConfigurationIsAnError(t *testing.T) {
	_, err := check.Load(fstest.MapFS{}, "m")
	assert.ErrorContains(t, err, "no .tf files in m")
}

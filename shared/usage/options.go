package usage

// Bounds that keep a reader's memory independent of the log's size.
const (
	// DefaultMaxUnpacked is the bound on unpacked bytes where Options names none: 16 GiB.
	DefaultMaxUnpacked = 16 << 30
	// DefaultMaxRecord is the bound on one row, JSON value or line where Options
	// names none: 16 MiB holds a prompt of a million tokens.
	DefaultMaxRecord = 16 << 20
	// headBytes is how much of a log is looked at to tell its format.
	headBytes = 1 << 20
)

// Options say how to read a log. The zero Options reads any known format.
type Options struct {
	// Name is the log's file name: a help in messages, never used to tell the format.
	Name string
	// MaxUnpacked bounds the bytes that a packed log may unpack to.
	MaxUnpacked int64
	// MaxRecord bounds the bytes of one record.
	MaxRecord int
	// Mapping reads a table or JSON of unknown format; nil detects the format.
	Mapping *Mapping
	// PriceModel is the model of calls that name none, so that they can be priced.
	PriceModel string
	// Key makes the hashes of users, sessions and prompts its own: equal keys
	// give equal hashes. Empty is a fixed public key.
	Key string
	// Grade gives calls with a prompt their Grade; nil leaves all at 0.
	Grade Grader
	// cut says whether the log ends where a preview's bound cut it.
	cut func() bool
}

func (o Options) withDefaults() Options {
	if o.MaxUnpacked <= 0 {
		o.MaxUnpacked = DefaultMaxUnpacked
	}
	if o.MaxRecord <= 0 {
		o.MaxRecord = DefaultMaxRecord
	}
	return o
}

package usage

import (
	"errors"
	"fmt"
)

// Kind is the stable name of a reason to refuse a log.
type Kind string

// The reasons to refuse a log.
const (
	// KindEmpty is a log with no bytes, or with rows but no call.
	KindEmpty Kind = "empty"
	// KindBinary is a file that is not text, Parquet, gzip, zstd or zip.
	KindBinary Kind = "binary"
	// KindTooLarge is a log past the bound on its unpacked size.
	KindTooLarge Kind = "too_large"
	// KindLineTooLong is a log whose first record is past the bound on a record.
	KindLineTooLong Kind = "line_too_long"
	// KindUnknownFormat is a table or JSON that no reader knows; Error.Proposal
	// is a mapping to confirm.
	KindUnknownFormat Kind = "unknown_format"
	// KindNoUsableColumn is a table or JSON in which not even token counts can be guessed.
	KindNoUsableColumn Kind = "no_usable_column"
	// KindTooManyUnreadable is a log with more than 5% unreadable rows.
	KindTooManyUnreadable Kind = "too_many_unreadable"
	// KindDamaged is packed data that ends early or fails its check sum.
	KindDamaged Kind = "damaged"
)

// Error is why a log was refused. Its message says what to do.
type Error struct {
	Kind    Kind
	Message string
	// Proposal is a column mapping to confirm, for KindUnknownFormat only.
	Proposal *Mapping
	// Columns are those that a mapping can name, where one may help; at most 300.
	Columns []Column
	// Err is the cause, nil if the log itself is.
	Err error
}

// Error returns the message; the cause, if any, is part of it.
func (e *Error) Error() string {
	if e.Err != nil {
		return e.Message + ": " + e.Err.Error()
	}
	return e.Message
}

// UserMessage is the message without its cause, which may hold internals.
func (e *Error) UserMessage() string { return e.Message }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf returns the kind of the Error in err's chain, or "" if there is none.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return ""
}

func refuse(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Message: fmt.Sprintf(format, args...)}
}

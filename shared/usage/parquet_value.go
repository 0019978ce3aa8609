package usage

import (
	"math/big"
	"strconv"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
)

// writeValue appends a Parquet value as the text that the other readers know.
type writeValue func([]byte, parquet.Value) []byte

// converter picks how a leaf's values are written, by its logical type first:
// timestamps as Unix microseconds, decimals with their point.
func converter(n parquet.Node) writeValue {
	if lt := n.Type().LogicalType(); lt != nil {
		switch t := lt.Value.(type) {
		case *format.TimestampType:
			return timestamp(t)
		case *format.DecimalType:
			return decimal(n.Type().Kind(), int(t.Scale))
		case *format.DateType:
			return func(b []byte, v parquet.Value) []byte {
				return time.Unix(int64(v.Int32())*86400, 0).UTC().AppendFormat(b, time.DateOnly)
			}
		}
	}
	return plain(n.Type().Kind())
}

func plain(kind parquet.Kind) writeValue {
	switch kind {
	case parquet.Boolean:
		return func(b []byte, v parquet.Value) []byte { return strconv.AppendBool(b, v.Boolean()) }
	case parquet.Int32:
		return func(b []byte, v parquet.Value) []byte { return strconv.AppendInt(b, int64(v.Int32()), 10) }
	case parquet.Int64:
		return func(b []byte, v parquet.Value) []byte { return strconv.AppendInt(b, v.Int64(), 10) }
	case parquet.Int96:
		return int96
	case parquet.Float:
		return func(b []byte, v parquet.Value) []byte {
			return strconv.AppendFloat(b, float64(v.Float()), 'g', -1, 32)
		}
	case parquet.Double:
		return func(b []byte, v parquet.Value) []byte { return strconv.AppendFloat(b, v.Double(), 'g', -1, 64) }
	default:
		return func(b []byte, v parquet.Value) []byte { return append(b, v.ByteArray()...) }
	}
}

func timestamp(t *format.TimestampType) writeValue {
	var unit time.Duration = time.Microsecond
	if t.Unit.Value != nil {
		unit = t.Unit.Value.Duration()
	}
	if unit < time.Microsecond {
		per := int64(time.Microsecond / unit)
		return func(b []byte, v parquet.Value) []byte { return strconv.AppendInt(b, v.Int64()/per, 10) }
	}
	per := int64(unit / time.Microsecond)
	return func(b []byte, v parquet.Value) []byte { return strconv.AppendInt(b, v.Int64()*per, 10) }
}

// int96 is the old timestamp of Spark and Impala: nanoseconds of the day, then
// the Julian day.
func int96(b []byte, v parquet.Value) []byte {
	const julianEpoch = 2440588
	x := v.Int96()
	nanos := int64(uint64(x[1])<<32 | uint64(x[0]))
	return strconv.AppendInt(b, (int64(x[2])-julianEpoch)*86400_000_000+nanos/1000, 10)
}

func decimal(kind parquet.Kind, scale int) writeValue {
	return func(b []byte, v parquet.Value) []byte {
		n := new(big.Int)
		switch kind {
		case parquet.Int32:
			n.SetInt64(int64(v.Int32()))
		case parquet.Int64:
			n.SetInt64(v.Int64())
		default:
			n = twosComplement(v.ByteArray())
		}
		r := new(big.Rat).SetFrac(n, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(scale)), nil))
		return append(b, r.FloatString(scale)...)
	}
}

func twosComplement(bytes []byte) *big.Int {
	n := new(big.Int).SetBytes(bytes)
	if len(bytes) > 0 && bytes[0]&0x80 != 0 {
		n.Sub(n, new(big.Int).Lsh(big.NewInt(1), uint(8*len(bytes))))
	}
	return n
}

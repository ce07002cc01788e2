package integrity

// Tenths is a weight or a score: 60 is 6.0.
type Tenths int

// What scores mean. A family adds at most Cap, and takes away no more.
const (
	Cap      Tenths = 60
	ReviewAt Tenths = 60 // a person should look
	UrgentAt Tenths = 90 // and soon
)

// Family is a group of signals that tend to have one cause.
type Family string

// The families, taken as independent of each other.
const (
	Device     Family = "device"
	Physics    Family = "physics"
	Repetition Family = "repetition"
	Identity   Family = "identity"
	Time       Family = "time"
	Context    Family = "context"
)

// Rule is one row of the table of weights: a stable name, its family, and a sentence that says what was
// noticed.
type Rule struct {
	Name   string
	Family Family
	Weight Tenths
	Says   string
}

// The weights: tenths of a natural log-likelihood ratio, by judgement and not yet fitted to a city's data.
var (
	mocked             = Rule{"mocked", Device, 60, "the phone says itself that a position was made up"}
	impossibleSpeed    = Rule{"impossible_speed", Physics, 60, "over 70 m/s between this tap and one beside it, or between its own fixes, uncertainty taken off"}
	doubtfulSpeed      = Rule{"impossible_speed", Physics, 20, "35 to 70 m/s between this tap and one beside it, or between its own fixes, uncertainty taken off"}
	identicalFixes     = Rule{"identical_fixes", Repetition, 40, "a position is the same to the last bit on three days or more"}
	equalToPin         = Rule{"equal_to_pin", Repetition, 40, "a position is within 0.2 m of the pin, in two visits or more"}
	dayTrackRepeated   = Rule{"day_track_repeated", Repetition, 50, "five positions or more are an earlier day's, to the last bit and in order"}
	deviceShared       = Rule{DeviceShared, Identity, 20, "three people or more used this phone on the day"}
	twoDevicesApart    = Rule{"two_devices_apart", Identity, 50, "two phones of one person were 5 km apart or more at once"}
	claimedTime        = Rule{"claimed_time_impossible", Time, 30, "the claimed time is outside what the clocks allow"}
	backlogAtClose     = Rule{"backlog_at_close", Time, 5, "one of many events that waited for over a day and came as the period closed"}
	confirmedAtCounter = Rule{"code_accepted", Context, -50, "a code or tag at the retailer was accepted"}
)

// Rules is the table of weights, by family. A name has a row for each of its weights.
func Rules() []Rule {
	return []Rule{
		mocked, impossibleSpeed, doubtfulSpeed, identicalFixes, equalToPin, dayTrackRepeated,
		deviceShared, twoDevicesApart, claimedTime, backlogAtClose, confirmedAtCounter,
	}
}

func (r Rule) on(t *Tap, d Detail) Signal {
	return Signal{EventID: t.ID, Name: r.Name, Family: r.Family, Weight: r.Weight, Detail: d}
}

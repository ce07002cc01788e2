// Package locate asks network-position services where a phone is that has no position of its own, only the
// cell towers and Wi-Fi access points that it sees, or a number that its carrier knows it by.
//
//	            what the phone saw, or its subscriber number
//	                              │ Query
//	                     ┌────────▼────────┐   the serving cell's MCC and MNC choose the carrier;
//	                     │     Router      │   what no carrier answers goes to the services for all
//	                     └──┬─────┬─────┬──┘
//	        ┌───────────────┘     │     └───────────────┐
//	   ┌────▼────┐           ┌────▼────┐           ┌────▼────┐  one time-out an attempt, few retries,
//	   │  Guard  │           │  Guard  │           │  Guard  │  few calls at once, and none while the
//	   └────┬────┘           └────┬────┘           └────┬────┘  circuit is open
//	GetPosition(xml)        GetAddress(xml)      POST /v1/geolocate
//	   a carrier's             a carrier's            Ichnaea
//	  SOAP service            SOAP service
//	        └───────────────┐     │     ┌───────────────┘
//	                     ┌──▼─────▼─────▼──┐   no place on Earth, 0/0, "within 600 km": not found
//	                     │     judged      │
//	                     └────────┬────────┘
//	                              ▼ Position, or an Error of one of three classes
//
// It knows the services' wire forms and how they fail. It does not know retailers, visits, verdicts or the
// database, and it writes no log.
//
// # Laws
//
//   - A network address is no position: Ichnaea is told not to use it, and an answer that did is not found.
//   - What a service answers is not believed: coordinates that are no place, and circles wider than
//     [MaxAccuracy], are [ErrNotFound]; an accuracy that is no length is unknown. An old time is told, not judged.
//   - Nothing of a query, an answer or a credential is in an error. What must pass through one is a [Secret].
//   - A redirect is never followed: it would carry subscriber and credentials to somebody else.
//   - Access points that belong to people on the move (locally administered addresses), hidden ones and those
//     whose owner opted out (…_nomap) are never sent on, nor is any network's name.
//   - Every failure is one of: try again later, and when ([ErrTemporary]); never with this query
//     ([ErrPermanent]); the service does not know ([ErrNotFound]). Only the first is tried again.
//   - An unreadable answer is temporary: it is mostly some gateway's page. A readable one is definite.
package locate

package api

import (
	"context"
	"encoding/hex"
	"strconv"

	"rounds"
	"rounds/fieldwork"
)

// protections say what a draw is protected against and what it is not, in English and in Chinese.
var protections = map[AuditProtectionKind]struct{ against, beyond [2]string }{
	CommitReveal: {
		[2]string{
			"The server fixed the list, the specification and its secret before the value was known, and whoever added the value did not know the secret: neither alone could steer the draw.",
			"名单、抽取规则和服务器密值在附加值给出之前已固定；给出附加值的人不知道密值：任何一方都无法单独左右抽取。",
		},
		[2]string{
			"An administrator who reads the secret in the database and tells it to whoever adds the value: name a beacon to rule that out.",
			"无法防止：管理员从数据库读出密值并告知给出附加值的人。若要排除，请指定公共随机信标。",
		},
	},
	CommitRevealAndBeacon: {
		[2]string{
			"The list, the specification, the server's secret and the value were fixed before the beacon's output was known: nobody who could write to any of them could steer the draw, not even together.",
			"名单、抽取规则、服务器密值和附加值在信标结果公布之前均已固定：即使各方串通也无法左右抽取。",
		},
		[2]string{
			"Whether the beacon published its round no earlier than the commitment says, and the output that was entered: compare them.",
			"信标该轮的公布时间是否不早于承诺所载，录入的结果是否与公布的一致：请自行核对。",
		},
	},
}

func protectionOf(u rounds.Audit, l lang) AuditProtection {
	kind := CommitReveal
	if u.Beacon != "" {
		kind = CommitRevealAndBeacon
	}
	p, in := protections[kind], 0
	if l == chinese {
		in = 1
	}
	return AuditProtection{Kind: kind, Against: p.against[in], Beyond: p.beyond[in]}
}

// GetAuditRecord gives all that is published of an audit.
func (s *Server) GetAuditRecord(ctx context.Context, r GetAuditRecordRequestObject) (GetAuditRecordResponseObject, error) {
	record, err := s.office.AuditRecord(ctx, actor(ctx), rounds.AuditID(r.ID))
	return GetAuditRecord200JSONResponse(wireRecord(record, about(ctx).lang)), err
}

func wireRecord(r fieldwork.AuditRecord, l lang) AuditRecord {
	return AuditRecord{
		ID: wireID(r.ID), Status: AuditStatus(r.Status), Commitment: wireCommitment(fieldwork.CommitmentOf(r.Audit)), Hash: r.Hash,
		Secret: hex.EncodeToString(r.Secret), Value: maybe(r.Value), BeaconOutput: maybe(r.BeaconOutput), Seed: maybe(r.Seed), Spec: r.Spec, Frame: r.Frame,
		Picks: mapped(r.Picks, wirePick), Changes: mapped(r.Changes, wireAuditChange), Beside: mapped(r.Beside, wireBeside), Protection: protectionOf(r.Audit, l),
		EndedAt: r.EndedAt, EndedBy: maybeID(r.EndedBy), Reason: maybe(r.Reason), ToldAt: r.ToldAt,
	}
}

// GetAuditChain gives the org's commitments.
func (s *Server) GetAuditChain(ctx context.Context, r GetAuditChainRequestObject) (GetAuditChainResponseObject, error) {
	after, err := numberCursor(r.Params.After)
	if err != nil {
		return nil, err
	}
	n := limit(r.Params.Limit)
	chain, err := s.office.AuditChain(ctx, actor(ctx), after, n+1)
	links, next := page(chain.Links, n, func(l fieldwork.AuditLink) []string { return []string{strconv.FormatInt(l.Number, 10)} })
	return GetAuditChain200JSONResponse{Number: chain.Number, Head: chain.Head, Items: mapped(links, wireLink), Next: next}, err
}

func wireLink(l fieldwork.AuditLink) AuditLink {
	w := AuditLink{Number: l.Number, Previous: l.Previous, Hash: l.Hash, At: l.CommittedAt}
	if l.Known {
		w.ID, w.Status, w.Commitment = maybeID(l.ID), new(AuditStatus(l.Status)), new(wireCommitment(fieldwork.CommitmentOf(l.Audit)))
		w.EndedBy, w.Reason = maybeID(l.EndedBy), maybe(l.Reason)
	}
	return w
}

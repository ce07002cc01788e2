package forms

// Default asks what every audit asks: are prices tagged, were policies made known, is the retailer satisfied, and did the visit
// that the rep claims happen.
func Default() Form {
	yes, no := Choice{Yes, Texts{"en": "Yes", "zh": "是"}}, Choice{No, Texts{"en": "No", "zh": "否"}}
	cannotTell := Choice{CannotTell, Texts{"en": "Cannot tell", "zh": "无法判断"}}
	lowest, highest := 1.0, 5.0
	return Form{Name: "audit", Title: Texts{"en": "Area audit", "zh": "区域检查"}, Questions: []Question{
		{
			Name: "prices_tagged", Kind: Choose, Means: PriceTagged, Required: true, Choices: []Choice{yes, no},
			Label: Texts{"en": "Are prices tagged?", "zh": "商品是否明码标价？"},
			Hint:  Texts{"en": "Every article on show has its tag", "zh": "所有陈列商品均有价签"},
		},
		{
			Name: "policies_known", Kind: Choose, Means: PolicyKnown, Required: true, Choices: []Choice{yes, no, cannotTell},
			Label: Texts{"en": "Were the present policies made known to the retailer?", "zh": "是否已向零售户宣传现行政策？"},
			Hint:  Texts{"en": "Ask who runs the shop", "zh": "询问店铺负责人"},
		},
		{
			Name: "satisfaction", Kind: Scale, Means: Satisfied, Min: &lowest, Max: &highest,
			MinLabel: Texts{"en": "Not at all", "zh": "很不满意"}, MaxLabel: Texts{"en": "Very much", "zh": "非常满意"},
			Label: Texts{"en": "How satisfied is the retailer?", "zh": "零售户是否满意？"},
			Hint:  Texts{"en": "Leave it out if nobody could say", "zh": "无人可答时留空"},
		},
		{
			Name: "visit_happened", Kind: Choose, Means: VisitHappened, Required: true, Choices: []Choice{yes, no, cannotTell},
			Label: Texts{"en": "Did the visit that the account manager claims happen?", "zh": "客户经理所报的拜访是否属实？"},
			Hint:  Texts{"en": "Ask the retailer when the account manager was here last", "zh": "询问零售户客户经理最近一次到店的时间"},
		},
	}}
}

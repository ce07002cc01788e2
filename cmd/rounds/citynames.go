package main

const cityName = "栖澜市"

// districts are the territories; some have a mall.
var districts = []struct{ name, mall string }{
	{name: "北桥片区", mall: "北桥广场"},
	{name: "南塘片区"},
	{name: "东浦片区"},
	{name: "西岑片区", mall: "西岑天地"},
	{name: "柳湾片区"},
	{name: "石埠片区", mall: "石埠商城"},
	{name: "梅园片区"},
	{name: "竹里片区"},
	{name: "云津片区", mall: "云津汇"},
	{name: "沙洲片区"},
}

// staff are the reps, in the order of the districts. Most have a good day.
var staff = []rep{
	{login: "wangmin", name: "王敏"},
	{login: "liqiang", name: "李强", habit: habit{gathers: 8}},
	{login: "zhangwei", name: "张伟"},
	{login: "liuyang", name: "刘洋", habit: habit{gathers: wholeDay, losesAnswer: true}},
	{login: "ouyangxue", name: "欧阳雪", habit: habit{forgetsCheckOut: true}},
	{login: "yangfan", name: "杨帆", habit: habit{gathers: 5}},
	{login: "zhaolei", name: "赵磊", habit: habit{cheats: true}},
	{login: "huangli", name: "黄丽"},
	{login: "zhouhao", name: "周浩", habit: habit{overtakes: true}},
	{login: "wugang", name: "吴刚"},
}

var streetNames = []string{
	"桂花街", "青石路", "渡口路", "学前街", "松月路", "织坊巷", "米市街", "观澜路", "棠梨路", "鼓楼巷",
	"临溪路", "望江街", "银杏路", "书院巷", "盐仓街", "荷塘路", "枫林路", "老码头街", "晴川路", "杏花巷",
	"碧水路", "长亭街", "文昌路", "铁匠巷", "茶亭街", "红叶路", "听雨巷", "平安路", "古井街", "芦苇路",
}

var (
	luckyNames = []string{"永", "福", "兴", "顺", "利", "丰", "和", "泰", "鑫", "源", "惠", "民", "佳", "乐", "祥", "盛", "广", "德", "万", "康"}
	shopKinds  = []string{"便利店", "烟酒店", "超市", "商行", "副食店", "百货店"}
)

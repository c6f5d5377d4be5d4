namespace EntityLab;

/// <summary>
/// Chinese sentences with words in Latin letters, written for this purpose: names of persons, places and companies, and words of screens,
/// titles, plants and programs that name nobody.
/// W a person, C a city, K a company; D and F a person in Chinese letters, L a place; U words of a language, S a plant or animal,
/// A capitals, T a thing of the floor, B a word that sounds foreign: no entities.
/// </summary>
internal static class Mixed
{
    private static readonly string[] Patterns =
    [
        "联系人:{W}", "请{W}看一下{T}", "{W}报修{T}", "{W}让我问一下{T}怎么调", "{W}和{W}换班", "{W}、{W}参加培训", "问{W}要钥匙", "我是{W},{T}报警了", "转告{W},备件到了",
        "{K}的{W}要来参观", "发到{C},收件人{W}", "签名:{W}", "{W}昨天把急停按了", "工程师{W}在吗", "{W}先生投诉发货慢",
        "客户{K}的订单", "供应商是{K}", "{K}退回了一批零件", "{T}由{K}提供", "和{K}签的合同", "{K}派人来修{T}", "{K}的{T}", "工厂在{C}", "从{C}寄来", "{C}那边的客户", "寄到{C}",
        "{C}分厂的{W}来过吗",
        "{T}({U})怎么调", "{T}报警{U}", "屏幕显示{U}", "按下{U}按钮", "参数{U}是什么意思", "{U}是什么", "切换到{U}模式", "打开{U}软件", "{T}跳出{U}怎么办", "{U}灯亮了", "{A}是什么",
        "{A}协议", "{T}的{A}接口", "重启{A}", "用{A}通信", "{A}报警", "把{U}改成{U}", "{T}的{U}故障",
        "{D}({W})是{L}的作家", "{F}({W})", "{F}({W})出生在{L}。", "{L}({C})是一座城市。", "位于{C}的工厂", "从{C}到{C}", "{W}与{F}结婚。", "由{W}饰演。", "演唱者{W}",
        "{W}的父亲", "{D}(英语:{W},1950年3月2日—)", "{W}对付{W}。", "{F}和{W}打算离开{C}。",
        "《{T}》({U})", "{B}属(学名:{S})是一种植物。", "{B}(学名:{S}),是一种松科植物。", "{B}科({S})", "又称{U}。", "称为“{U}”。", "{U}是一首歌。", "专辑《{U}》", "《{U}》杂志",
        "游戏{U}", "动态({u})", "动词{u}", "北约代号:{B}{U}", "40楼为{U}", "“{B}”({U})活动", "英语:{U}", "梵语{u},为树名。", "{U}奖", "{A}冠军赛", "{A}理论",
    ];

    private static readonly string[] Endings = ["us", "a", "um", "is", "ii", "ensis", "oides", "phora", "thyrsus", "andii", "folia",
        "ceae"];
    private static readonly string[] Syllables = ["pi", "no", "scor", "cam", "po", "sto", "ma", "ut", "ri", "cu", "la", "os", "pa", "tu",
        "ro", "ve", "li", "gra", "min", "den", "dro", "bi", "chry", "san"];
    private static readonly string[] Brands = ["Systems", "Group", "Technologies", "Motors", "Industries", "Automation", "Tools",
        "Bearings", "Company", "Robotics", "Electric"];

    public static IEnumerable<Sentence> Write(Random random, AlphabetWords lists, List<string> strangers, List<string> cities,
        List<string> divisions, string[] terms, int count)
    {
        T Pick<T>(IReadOnlyList<T> list) => list[random.Next(list.Count)];
        // words stand apart, or, as often in Chinese text, together
        string Join(params IEnumerable<string> words) => string.Join(random.Next(2) == 0 ? " " : "", words);
        string Latin(IReadOnlyList<string> names)
        {
            string name;
            do name = Pick(names); while (!name.All(c => char.IsAscii(c)));
            return Join(name.Split(' '));
        }
        string Capital(string word) => char.ToUpperInvariant(word[0]) + word[1..];
        string Plain() => Join(Enumerable.Range(0, random.Next(1, 4)).Select(_ => Capital(Pick(lists.Common))));
        string Species() => string.Concat(Enumerable.Range(0, random.Next(1, 4)).Select(_ => Pick(Syllables))) + Pick(Endings);
        string Person() =>
            random.Next(4) switch { 0 => Latin(lists.First), 1 => Latin(lists.Last), _ => Join(Latin(lists.First), Latin(lists.Last)) };
        for (var i = 0; i < count; i++)
            yield return Sentence.Fill(Pick(Patterns), kind => kind switch
            {
                'W' => (Person(), 0),
                'D' => (Pick(strangers) + "·" + Pick(strangers), 0),
                'F' => (Pick(strangers), 0),
                'C' => (Latin(lists.Cities), 1),
                'L' => (random.Next(2) == 0 ? Pick(cities) : Pick(divisions), 1),
                'K' =>
                    (Join(random.Next(2) == 0 ? Latin(lists.Last) : Capital(Pick(Syllables)) + Pick(Syllables) + Pick(Syllables),
                        random.Next(2) == 0 ? Pick(Brands) : Latin(lists.CompanyEnds)), 2),
                'U' => (Plain(), -1),
                'u' => (Pick(lists.Common), -1),
                'S' => (Join(random.Next(3) == 0 ? [Capital(Species())] : [Capital(Species()), Species()]), -1),
                'A' => (string.Concat(Enumerable.Range(0, random.Next(2, 5)).Select(_ => (char)('A' + random.Next(26)))), -1),
                'T' => (Pick(terms), -1),
                _ => (Pick(strangers), -1),
            }, text => random.Next(2) == 0 && text[^1] != '。' ? Pick(["。", "?", "？", "!"]) : "");
    }
}

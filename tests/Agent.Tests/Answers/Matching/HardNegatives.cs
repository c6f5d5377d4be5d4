namespace EdgeAgent.Tests.Answers.Matching;

/// <summary>Two questions in the same words but for the one that matters, and more phrasings of the first.</summary>
/// <param name="Number">Pairs of one number have all different sentences.</param>
internal sealed record HardNegative(string Known, string Asked, string Difference, int Number);

/// <summary>
/// Questions that look alike and must not share an answer, in English and Chinese, made from words and sentences of our own.
/// </summary>
internal static class HardNegatives
{
    private sealed record Family(string Name, string[] Pairs, string[] Sentences);

    private static readonly string[] Nouns = ["pump", "spindle guard", "coolant valve", "feeder", "gripper"],
        HanNouns = ["水泵", "主轴护罩", "冷却阀", "送料机", "机械手"];

    private static readonly Family[] Families =
    [
        new("verbs",
            ["open|close", "enable|disable", "lock|unlock", "tighten|loosen", "fill|drain", "engage|disengage", "couple|decouple",
                "raise|lower", "heat|cool", "load|unload", "clamp|unclamp", "connect|disconnect", "mount|dismount", "arm|disarm",
                "inflate|deflate", "compress|expand", "pressurize|depressurize", "energize|de-energize", "extend|retract",
                "advance|retract", "insert|remove", "start|stop", "accept|reject", "attach|detach", "charge|discharge", "push|pull",
                "increase|decrease", "activate|deactivate", "seal|unseal", "wind|unwind", "start up|shut down", "switch on|switch off",
                "replace|clean", "calibrate|lubricate"],
            ["how do i {} the {n}", "when should i {} the {n} during setup", "may i {} the {n} while the line runs",
                "who is allowed to {} the {n}", "what do i check before i {} the {n}"]),
        new("kinds",
            ["left|right", "upper|lower", "inner|outer", "front|rear", "inlet|outlet", "upstream|downstream", "maximum|minimum",
                "clockwise|counterclockwise", "primary|secondary", "internal|external", "positive|negative", "coarse|fine",
                "roughing|finishing", "vertical|horizontal", "manual|automatic", "local|remote", "normal|abnormal", "leading|trailing",
                "incoming|outgoing", "entry|exit", "supply|return", "red|green", "green|amber", "first|second", "second|third", "hot|cold",
                "wet|dry", "day|night", "weekly|monthly", "high|low", "static|dynamic", "single|double", "suction|discharge", "old|new",
                "X|Y", "Y|Z", "A|B", "alpha|beta", "east|west", "Monday|Tuesday", "January|July", "odd|even", "male|female", "AC|DC",
                "series|parallel", "morning|afternoon"],
            ["what is the {} setting of the {n}", "where is the {} side of the {n}", "why is the {} {n} not moving",
                "who checks the {} {n}", "the {} {n} shows a fault what now"]),
        new("units",
            ["mm|cm", "mm|inches", "bar|psi", "MPa|kPa", "seconds|minutes", "minutes|hours", "hours|days", "volts|amps", "kW|W", "rpm|Hz",
                "celsius|fahrenheit", "grams|kilograms", "microns|millimeters", "liters|gallons", "Nm|kNm", "mA|A", "percent|degrees"],
            ["is 12 {} right for the {n}", "can the {n} run at 5 {}", "set the {n} to 30 {}", "what if the {n} shows 7 {}"]),
        new("numbers",
            ["E-101|E-110", "E-101|F-101", "AL-7|AL-70", "M8|M10", "3|4", "12|21", "2.5|25", "0.5|5", "ten|twelve", "two|three", "II|III",
                "RB12|RB13", "T04|T40", "1,000|10,000", "-5|5", "fifteen|fifty", "P1|P11"],
            ["what does {} mean on the {n}", "is {} right for the {n}", "how do i set the {n} to {}", "reset the {n} after {}"]),
        new("sense",
            ["with|without", "must|must not", "should|should not", "can|cannot", "before|after", "above|below", "at least|at most",
                "more than|less than", "within|outside", "under|over", "during|after", "always|never", "until|after", "only|also",
                "if|unless"],
            ["the {n} {} the test is that allowed", "what about the {n} {} the limit", "we run the {n} {} the shift is it fine"]),
        new("zh verbs",
            ["打开|关闭", "启动|停止", "拧紧|拧松", "夹紧|松开", "安装|拆卸", "插入|拔出", "连接|断开", "充电|放电", "伸出|缩回", "加热|冷却", "增压|减压", "上升|下降", "前进|后退", "合闸|分闸",
                "锁定|解锁", "加油|放油", "注水|排水", "上料|下料", "装料|卸料", "吸气|排气", "得电|失电", "更换|清洗", "校准|润滑", "推|拉", "投用|停用", "点动|连续运行", "加速|减速",
                "升温|降温", "张开|合拢", "送料|退料"],
            ["{n}怎么{}", "什么时候{}{n}", "运行中能{}{n}吗", "谁可以{}{n}", "{}{n}以前要检查什么", "{n}{}不了怎么办"]),
        new("zh kinds",
            ["左侧|右侧", "上限|下限", "内圈|外圈", "前门|后门", "入口|出口", "进水|出水", "上游|下游", "最大|最小", "最高|最低", "顺时针|逆时针", "正转|反转", "正极|负极", "主|备用", "自动|手动",
                "常开|常闭", "高压|低压", "高速|低速", "空载|满载", "供水|回水", "红色|绿色", "绿色|黄色", "首件|末件", "白班|夜班", "早班|中班", "粗加工|精加工", "水平|垂直", "纵向|横向",
                "阳极|阴极", "单向|双向", "远程|本地", "输入|输出", "一号|二号", "三号|四号", "第一|第二", "X轴|Y轴", "甲|乙", "交流|直流", "周一|周二", "星期三|星期四", "上午|下午",
                "每天|每周", "每月|每年", "新|旧", "长|短", "厚|薄", "公称|实际"],
            ["{}{n}怎么处理", "{n}的{}参数在哪里", "为什么{}的{n}不动", "{}{n}由谁检查", "请问{n}{}的标准是多少"]),
        new("zh units", ["毫米|厘米", "毫米|微米", "兆帕|千帕", "小时|分钟", "分钟|秒", "伏|安", "千瓦|瓦", "公斤|克", "升|毫升", "摄氏度|华氏度", "米|毫米", "天|周", "度|转"],
            ["{n}设成12{}对吗", "{n}能到5{}吗", "{n}显示30{}怎么办", "{n}每8{}检查一次吗"]),
        new("zh numbers", ["5|6", "12|21", "2.5|25", "E101|E110", "SP-14|SP-15", "两|三", "十二|二十", "十五|五十", "二百五|二百零五", "3#|8#", "A区|B区"],
            ["{n}报{}是什么意思", "{n}调到{}可以吗", "{}的{n}怎么复位"]),
        new("zh sense",
            ["能|不能", "可以|不可以", "需要|不需要", "需要|无需", "有|没有", "必须|不必", "允许|禁止", "会|不会", "至少|至多", "大于|小于", "以上|以下", "高于|低于", "超过|低于", "之前|之后",
                "已经|还没", "是|不是"],
            ["{n}{}5就报警吗", "班长说{n}{}停机", "{n}温度{}设定值吗"]),
    ];

    /// <summary>All pairs, those that are reversed among them.</summary>
    public static IEnumerable<HardNegative> All() => Differing().Concat(ReversedPairs.All(2 * Families.Max(f => f.Pairs.Length)));

    private static IEnumerable<HardNegative> Differing()
    {
        foreach (var family in Families)
        {
            var nouns = family.Name.StartsWith("zh", StringComparison.Ordinal) ? HanNouns : Nouns;
            var next = 0;
            foreach (var (number, pair) in family.Pairs.Index())
                foreach (var sentence in family.Sentences)
                {
                    var words = pair.Split('|');
                    var filled = sentence.Replace("{n}", nouns[next++ % nouns.Length], StringComparison.Ordinal);
                    foreach (var (known, asked) in new[] { (words[0], words[1]), (words[1], words[0]) })
                        yield return new HardNegative(filled.Replace("{}", known, StringComparison.Ordinal),
                            filled.Replace("{}", asked, StringComparison.Ordinal), $"{family.Name} {pair}",
                            known == words[0] ? 2 * number : 2 * number + 1);
                }
        }
    }

    /// <summary>What else the same asker may have said: up to 24 ways.</summary>
    public static string[] Phrasings(string question, int count)
    {
        var isHan = question.Any(c => c > 0x7f);
        string[] before = isHan
            ? ["", "请问", "你好,", "师傅,", "麻烦问一下", "我想知道"] : ["", "hello, ", "excuse me, ", "hi, ", "please tell me ", "sorry but "],
            after = isHan ? ["", "谢谢", "呢", "啊"] : ["", " please", " thanks", " ok"];
        return [.. after.SelectMany(a => before.Select(b => b + question + a)).Take(count)];
    }
}

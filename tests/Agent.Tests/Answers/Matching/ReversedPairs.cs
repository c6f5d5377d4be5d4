namespace EdgeAgent.Tests.Answers.Matching;

/// <summary>
/// Two questions in the same words that turn round who does what to whom, in English and Chinese, made from words and sentences of our
/// own: passive and active, subject and object, owner and owned, compounds, relative clauses, order in time.
/// </summary>
internal static class ReversedPairs
{
    /// <summary>Who or what asks for them, two participants, and a verb: base, third person, participle, -ing.</summary>
    private static readonly string[][] Words =
    [
        ["what", "spindle", "guard", "lock", "locks", "locked", "locking"], ["what", "robot", "fence", "hit", "hits", "hit", "hitting"],
        ["what", "motor", "pump", "drive", "drives", "driven", "driving"],
        ["what", "brake", "shaft", "release", "releases", "released", "releasing"],
        ["who", "supervisor", "operator", "call", "calls", "called", "calling"],
        ["who", "electrician", "mechanic", "teach", "teaches", "taught", "teaching"],
        ["what", "feeder", "conveyor", "block", "blocks", "blocked", "blocking"],
        ["what", "alarm", "interlock", "trigger", "triggers", "triggered", "triggering"],
        ["what", "controller", "inverter", "reset", "resets", "reset", "resetting"],
        ["who", "planner", "foreman", "inform", "informs", "informed", "informing"],
        ["what", "chiller", "compressor", "supply", "supplies", "supplied", "supplying"],
        ["what", "sensor", "gripper", "stop", "stops", "stopped", "stopping"],
    ];

    private static readonly string[] Sentences =
    [
        "{w} {vs} the {a}|{w} does the {a} {v}", "{w} {vs} the {a}|{w} is {ved} by the {a}", "{w} is {ving} the {a}|{w} is the {a} {ving}",
        "does the {a} {v} the {b}|does the {b} {v} the {a}", "is the {a} {ved} by the {b}|is the {b} {ved} by the {a}",
        "does the {a} {v} the {b}|is the {a} {ved} by the {b}", "can the {a} be {ved} by the {b}|can the {a} {v} the {b}",
        "which {a} {vs} the {b}|which {a} does the {b} {v}", "which {a} {vs} the {b}|which {a} is {ved} by the {b}",
        "where is the {a} that {vs} the {b}|where is the {a} that the {b} {vs}",
        "where is the {a} that {vs} the {b}|where is the {b} that {vs} the {a}", "where is the {a}'s {b}|where is the {b}'s {a}",
        "where is the {a} of the {b}|where is the {b} of the {a}", "where is the {a} {b}|where is the {b} {a}",
        "is the {a} heavier than the {b}|is the {b} heavier than the {a}",
        "does the {a} begin before the {b} is ready|is the {b} ready before the {a} begins",
        "what if the {a} {vs} the {b}|what if the {a} is {ved} by the {b}",
        "does the line hand the {a} the {b}|does the line hand the {b} the {a}",
    ];

    /// <summary>谁 or 什么, two participants, a verb.</summary>
    private static readonly string[][] HanWords =
    [
        ["什么", "机械手", "护栏", "撞"], ["什么", "电机", "水泵", "驱动"], ["谁", "班长", "操作工", "通知"], ["什么", "主轴", "护罩", "锁住"],
        ["什么", "传感器", "阀门", "控制"], ["什么", "风机", "压缩机", "带动"], ["谁", "电工", "钳工", "检查"], ["什么", "送料机", "输送带", "挡住"],
        ["什么", "联锁", "变频器", "触发"], ["什么", "刀库", "夹具", "保护"],
    ];

    private static readonly string[] HanSentences =
    [
        "{w}{v}{a}|{a}{v}{w}", "{a}{v}{b}吗|{b}{v}{a}吗", "{a}被{b}{v}了怎么办|{b}被{a}{v}了怎么办", "{a}被{b}{v}吗|{a}{v}{b}吗",
        "{a}把{b}{v}了怎么办|{b}把{a}{v}了怎么办", "{a}把{b}{v}了吗|{a}被{b}{v}了吗", "{a}由{b}{v}吗|{b}由{a}{v}吗", "{a}由{b}{v}吗|{a}{v}{b}吗",
        "{a}让{b}动起来吗|{b}让{a}动起来吗", "{a}给{b}发信号吗|{b}给{a}发信号吗", "{a}的{b}在哪里|{b}的{a}在哪里", "{a}{b}在哪里|{b}{a}在哪里",
        "{a}比{b}重吗|{b}比{a}重吗", "哪个{a}{v}{b}|{b}{v}哪个{a}", "{v}{a}的{b}在哪里|{a}{v}的{b}在哪里", "{v}{a}的{b}在哪里|{v}{b}的{a}在哪里",
        "为什么{a}{v}{b}|为什么{b}{v}{a}", "{a}复位以前{b}动作吗|{b}动作以前{a}复位吗",
    ];

    /// <summary>Each pair in both directions; those of one number have different words, so that none answers another.</summary>
    /// <param name="firstNumber">Number of the first pair.</param>
    public static IEnumerable<HardNegative> All(int firstNumber) =>
    [
        .. Made(Sentences, Words, ["{w}", "{a}", "{b}", "{v}", "{vs}", "{ved}", "{ving}"], firstNumber),
        .. Made(HanSentences, HanWords, ["{w}", "{a}", "{b}", "{v}"], firstNumber),
    ];

    private static IEnumerable<HardNegative> Made(string[] sentences, string[][] words, string[] slots, int firstNumber)
    {
        foreach (var (at, sentence) in sentences.Index())
            for (var i = 0; i < words.Length; i++)
            {
                var pair = slots.Zip(words[i])
                    .Aggregate(sentence, (s, p) => s.Replace(p.First, p.Second, StringComparison.Ordinal)).Split('|');
                // as many sentences as there are words share a number, each with other words
                var number = firstNumber + 2 * ((i + words.Length - at % words.Length) % words.Length + words.Length * (at / words.Length));
                yield return new HardNegative(pair[0], pair[1], $"reversed {sentence}", number);
                yield return new HardNegative(pair[1], pair[0], $"reversed {sentence}", number + 1);
            }
    }
}

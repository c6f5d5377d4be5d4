namespace EdgeAgent.Answers.Matching;

/// <summary>
/// What turns a question into another one although most of its words stay: numbers, codes, units, negation, direction,
/// opposites, who and when. Two questions that do not agree in them never share an answer by likeness.
/// </summary>
internal sealed class CriticalTerms
{
    private readonly string _strict;
    private readonly int[] _loose;

    private CriticalTerms(string strict, IReadOnlyList<string> codes, int[] loose) => (_strict, Codes, _loose) = (strict, codes, loose);

    /// <summary>Numbers and codes, in their order, in one spelling.</summary>
    public IReadOnlyList<string> Codes { get; }

    /// <summary>
    /// Whether numbers, codes, units, negations and opposites are the same, and no word that only leads to others (in, on, what)
    /// stands against its opposite.
    /// </summary>
    public bool Agrees(CriticalTerms other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (_strict != other._strict) return false;
        for (var i = 0; i < _loose.Length; i++)
            if ((_loose[i] & ~other._loose[i]) != 0 && (other._loose[i] & ~_loose[i]) != 0) return false;
        return true;
    }

    /// <summary>Words that say no; they are one kind each, so that don't and do not are the same.</summary>
    private static readonly HashSet<string> Negations = ["not", "no", "never", "without", "cannot", "nothing", "none", "neither", "nor",
        "unable", "isn't", "aren't", "don't", "doesn't", "didn't", "won't", "can't", "couldn't", "wasn't", "weren't", "hasn't", "haven't",
        "shouldn't", "wouldn't", "dont", "doesnt", "didnt", "cant", "wont", "isnt", "havent", "hasnt", "except", "avoid", "fail", "fails",
        "failed", "failing", "refuse", "refuses", "forbidden"];

    private static readonly string[] HanNegations = ["不", "没", "无", "未", "别", "勿", "非", "禁", "莫", "除了"];

    /// <summary>Opposites and kinds: a word stands for its place in its row.</summary>
    private static readonly string[][] Opposites =
    [
        ["left"], ["right"],
        ["upper", "upward", "upwards", "raise", "raised", "lift", "rise", "rises", "rising", "above", "over", "higher", "high", "top"],
        ["lower", "lowered", "downward", "downwards", "drop", "drops", "fall", "falls", "falling", "below", "under", "low", "bottom"],
        ["open", "opens", "opened", "opening"], ["close", "closes", "closed", "closing", "shut"],
        ["start", "starts", "started", "starting", "begin", "launch"], ["stop", "stops", "stopped", "stopping", "halt", "end", "ends"],
        ["enable", "enabled", "activate", "activated", "activation"], ["disable", "disabled", "deactivate", "deactivated"],
        ["increase", "increased", "increases", "more", "add", "added", "adding", "extend"],
        ["decrease", "decreased", "decreases", "reduce", "reduced", "less", "remove", "removed", "removing", "shorten", "subtract"],
        ["maximum", "max", "most", "largest"], ["minimum", "min", "least", "smallest"],
        ["before", "prior", "earlier"], ["after", "afterwards", "later", "following"], ["first", "front", "forward", "forwards", "ahead"],
        ["last", "rear", "back", "backward", "backwards", "reverse"],
        ["inside", "input", "inlet", "incoming", "enter", "entry", "import", "internal", "inner"],
        ["outside", "output", "outlet", "outgoing", "exit", "export", "external", "outer"],
        ["lock", "locked", "locking"], ["unlock", "unlocked", "unlocking"], ["tighten", "tight", "tightened", "tightening"],
        ["loosen", "loose", "loosened"], ["hot", "warm", "heat", "heating", "overheat", "overheats"], ["cold", "cool", "cooling", "cools"],
        ["fast", "faster", "quick", "speed"], ["slow", "slower", "slowly"],
        ["clockwise"], ["counterclockwise", "anticlockwise"], ["positive", "plus"], ["negative", "minus"], ["load", "loading", "loaded"],
        ["unload", "unloading", "unloaded"], ["clamp", "clamped"], ["unclamp", "release", "released"], ["connect", "connected"],
        ["disconnect", "disconnected"], ["install", "mount"], ["uninstall", "dismount", "unmount"],
        ["accept", "accepted", "allow", "allowed"], ["decline", "declined", "reject", "rejected", "deny", "denied"],
        ["deposit", "deposited"], ["withdraw", "withdrawal", "withdrawn"], ["buy", "bought"], ["sell", "sold"], ["lend", "lent"],
        ["borrow", "borrowed"],
        ["day", "daily", "days", "morning"], ["night", "nightly", "nights", "evening"], ["week", "weekly", "weeks"],
        ["month", "monthly", "months"], ["year", "yearly", "years", "annual"], ["hour", "hourly", "hours"], ["today"], ["tomorrow"],
        ["yesterday"], ["manual", "manually"], ["automatic", "automatically", "auto"], ["old", "previous"], ["new", "next"], ["empty"],
        ["full"], ["push", "press"], ["pull"], ["always"], ["sometimes"], ["single", "one"], ["double", "two", "twice", "both"], ["three"],
        ["only"], ["unless"], ["until"], ["during"],
        ["often"], ["many", "much"], ["far"], ["horizontal", "horizontally"], ["vertical", "vertically"], ["north"], ["south"], ["east"],
        ["west"], ["normal", "normally"], ["abnormal"], ["wet"], ["dry"], ["thick"], ["thin"], ["long"], ["short"], ["wide"], ["narrow"],
        ["big", "large", "larger"], ["small", "smaller"], ["early"], ["late"],
        // units
        ["mm", "millimeter", "millimeters", "millimetre", "millimetres"], ["cm", "centimeter", "centimeters"],
        ["m", "meter", "meters", "metre", "metres"], ["inch", "inches", "in."], ["nm"], ["n"], ["kn"], ["bar"], ["mpa"], ["kpa"], ["pa"],
        ["psi"], ["v", "volt", "volts"], ["mv"], ["kv"], ["a", "amp", "amps", "ampere"], ["ma"], ["w", "watt", "watts"], ["kw"], ["hz"],
        ["khz"], ["rpm"], ["c", "°c", "℃", "celsius"], ["f", "°f", "fahrenheit"], ["%", "percent"], ["kg", "kilogram", "kilograms"],
        ["g", "gram", "grams"], ["t", "ton", "tons", "tonne"], ["l", "liter", "liters", "litre", "litres"], ["ml"],
        ["s", "second", "seconds"], ["ms"], ["min.", "minute", "minutes"],    ];

    private static readonly string[][] HanOpposites =
    [
        ["左"], ["右"], ["上升", "升高", "抬", "往上", "向上", "上面", "上方", "上限", "偏高", "过高", "太高", "升", "高"],
        ["下降", "降低", "往下", "向下", "下面", "下方", "下限", "偏低", "过低", "太低", "降", "低"], ["打开", "开启", "开机", "开门", "启动", "开始", "上电", "通电", "接通", "开"],
        ["关闭", "关机", "关门", "停止", "停机", "断电", "切断", "断开", "关", "停"],
        ["增加", "加大", "增大", "添加", "增", "加", "多"], ["减少", "减小", "删除", "减", "少"], ["最大"], ["最小"], ["之前", "以前", "前面", "前进", "向前", "前"],
        ["之后", "以后", "后面", "后退", "向后", "后"], ["进入", "进", "入", "吸"], ["出", "排"], ["锁定", "锁紧", "锁住", "上锁"], ["解锁"], ["拧紧", "夹紧", "紧"],
        ["松开", "拧松", "松"],
        ["正转", "正向", "正"], ["反转", "反向", "反", "逆"], ["顺时针"], ["逆时针"], ["快"], ["慢"], ["冷"], ["热"], ["大"], ["小"], ["长"], ["短"], ["宽"], ["窄"],
        ["厚"], ["薄"], ["早", "白班", "日班"], ["晚", "夜班", "夜"], ["手动"], ["自动"], ["新"], ["旧"], ["空"], ["满"], ["装", "安装", "上料"], ["拆", "卸", "下料"],
        ["允许", "可以", "能"], ["拒绝", "禁止"], ["内", "里"], ["外"], ["首", "第一"], ["尾", "末"], ["单"], ["双"], ["今天"], ["明天"], ["昨天"], ["每天"], ["每周"],
        ["每月"], ["每年"], ["小时"], ["分钟"], ["秒"], ["毫米"], ["厘米"], ["兆帕"], ["千帕"], ["牛米"], ["伏"], ["安"], ["千瓦"], ["瓦"], ["转"], ["公斤", "千克"],
        ["克"], ["吨"], ["毫升"], ["升"], ["横"], ["竖", "纵"], ["东"], ["南"], ["西"], ["北"], ["湿"], ["干"],    ];

    /// <summary>Words of which one question may have one and another none; against each other they count.</summary>
    private static readonly string[][][] Loose =
    [
        [["in", "into"], ["out"]], [["up"], ["down"]], [["on"], ["off"]], [["from"], ["to"]],
        [["send", "sent", "sending", "transfer", "transferred"], ["receive", "received", "receiving", "get", "got"]],
        [["all", "every", "each"], ["any", "some"]],
        [["what"], ["why"], ["who", "whom", "whose"], ["when"], ["where"], ["which"], ["how"]],
    ];

    /// <summary>Question words, which ask the same whatever they stand beside.</summary>
    private static readonly string[][] HanAsking = [["为什么", "为何", "怎么会"], ["什么时候", "何时", "多久", "几时"], ["怎么", "如何", "怎样", "咋"], ["什么", "啥"],
        ["谁"], ["哪里", "哪儿", "在哪"], ["哪个"], ["多少", "几"]];

    private static readonly Dictionary<string, int> Kinds = Opposites.SelectMany((row, i) => row.Select(word => (word, i)))
        .GroupBy(p => p.word).ToDictionary(g => g.Key, g => g.First().i, StringComparer.Ordinal);
    private static readonly Dictionary<string, (int Group,
        int Bit)> LooseKinds = Loose.SelectMany((group, g) => group.SelectMany((row, bit) => row.Select(word => (word, g, bit))))
            .ToDictionary(p => p.word, p => (p.g, 1 << p.bit), StringComparer.Ordinal);
    private static readonly (string Word,
        int Kind)[] HanKinds = [.. HanOpposites.SelectMany((row, i) => row.Select(word => (word, 1000 + i)))
            .OrderByDescending(p => p.word.Length)];

    private const int NegationKind = -1;

    /// <summary>The critical part of a question: kinds sorted, numbers and codes as they are, in their order.</summary>
    /// <param name="capital">A lone capital that names something, else empty.</param>
    internal static CriticalTerms Of(string text, IReadOnlyList<string> tokens, string capital)
    {
        var kinds = new SortedSet<int>();
        var codes = new List<string>();
        var loose = new int[Loose.Length + 1];
        var negations = 0;
        for (var i = 0; i < tokens.Count; i++)
        {
            var token = tokens[i];
            if (token.AsSpan().ContainsAnyInRange('0', '9')) codes.Add(Code(token));
            else if (Negations.Contains(token) || token.EndsWith("n't", StringComparison.Ordinal)) negations++;
            // one letter is a unit behind a number only: a pump is no ampere
            else if (Kinds.TryGetValue(token, out var kind) && (token.Length > 1 || i > 0 && char.IsAsciiDigit(tokens[i - 1][^1])))
                kinds.Add(kind);
            else if (LooseKinds.TryGetValue(token, out var word)) loose[word.Group] |= word.Bit;
            else if (token.Length <= 3 && token.All(char.IsAsciiLetter) && !token.Any(IsVowel)) codes.Add(token); // plc, vfd, b
        }
        foreach (var negation in HanNegations)
            for (var at = text.IndexOf(negation, StringComparison.Ordinal); at
                >= 0; at = text.IndexOf(negation, at + 1, StringComparison.Ordinal)) negations++;
        var left = text;
        bool Takes(string word)
        {
            if (!left.Contains(word, StringComparison.Ordinal)) return false;
            left = left.Replace(word, " ", StringComparison.Ordinal);
            return true;
        }
        for (var i = 0; i < HanAsking.Length; i++)
            foreach (var word in HanAsking[i])
                if (Takes(word)) loose[^1] |= 1 << i;
        foreach (var (word, kind) in HanKinds)
            if (Takes(word)) kinds.Add(kind);
        if (capital.Length > 0) codes.Add(capital);
        if (negations > 0) kinds.Add(NegationKind - negations % 2);
        return new CriticalTerms($"{string.Join(',', kinds)}|{string.Join(',', codes)}", codes, loose);
    }

    /// <summary>A text without its question words.</summary>
    internal static string WithoutAsking(string text)
    {
        foreach (var words in HanAsking)
            foreach (var word in words) text = text.Replace(word, " ", StringComparison.Ordinal);
        return text;
    }

    /// <summary>Whether a word is compared here alone: a number, a code, one that says no, or a measure that is asked for.</summary>
    internal static bool IsApart(string token) =>
        token.AsSpan().ContainsAnyInRange('0', '9') || Negations.Contains(token) || Measures.Contains(token)
        || token.EndsWith("n't", StringComparison.Ordinal);

    /// <summary>What is asked for behind how.</summary>
    private static readonly HashSet<string> Measures = ["often", "many", "much", "far"];

    /// <summary>A number or code without what only decorates it: 3.0 is 3, sp-14 is sp14.</summary>
    private static string Code(string token)
    {
        if (decimal.TryParse(token.Replace(",", "", StringComparison.Ordinal), System.Globalization.NumberStyles.Number,
            System.Globalization.CultureInfo.InvariantCulture, out var number))
            return number.ToString("0.#########", System.Globalization.CultureInfo.InvariantCulture);
        return token.Replace("-", "", StringComparison.Ordinal).Replace("_", "", StringComparison.Ordinal);
    }

    private static bool IsVowel(char c) => c is 'a' or 'e' or 'i' or 'o' or 'u' or 'y';
}

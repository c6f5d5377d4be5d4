using EdgeAgent.Evaluation;
using EdgeAgent.Privacy;
using EdgeAgent.Privacy.Entities;
using EdgeAgent.Privacy.Placeholders;

namespace EdgeAgent.Tests.Privacy;

/// <summary>The trained entity models that ship.</summary>
public sealed class EntityTests
{
    private static readonly Desensitizer Everything = Desensitizer.Create(new PrivacyOptions());

    [Theory]
    [InlineData("张伟(工号 A10233)手机13812345678,身份证110101199003078515", "<PERSON_1>(工号 <EMPLOYEE_ID_1>)手机<PHONE_1>,身份证<CN_ID_1>")]
    [InlineData("请联系王小明师傅,三号机报警SP-14", "请联系<PERSON_1>师傅,三号机报警SP-14")]
    [InlineData("Please tell John Miller that line 3 is down.", "Please tell <PERSON_1> that line 3 is down.")]
    [InlineData("主轴变频器报警 SP-14 怎么处理?", "主轴变频器报警 SP-14 怎么处理?")]
    [InlineData("Alarm RB-12, what should I do?", "Alarm RB-12, what should I do?")]
    public void Scrub_FloorSentence_TakesOutWhoAndLeavesWhat(string text, string expected)
    {
        using var conversation = new Conversation();
        Assert.Equal(expected, Everything.Scrub(text, conversation).Text.Text);
    }

    /// <summary>Names with cues are found, whoever bears them.</summary>
    [Theory]
    [InlineData("{0}师傅说主轴有异响", "李强", "王建国", "赵敏", "欧阳娜娜", "陈志远", "刘洋", "孙丽华", "周杰", "吴秀英", "郑成功")]
    [InlineData("Mr. {0} reset the robot", "Smith", "Garcia", "Nowak", "Kowalski", "Johansson", "Tanaka", "Müller", "Rossi", "Dubois",
        "Petrov")]
    public void Find_NameWithACue_IsFoundInNearlyEverySentence(string pattern, params string[] names)
    {
        var found = names.Count(name =>
        {
            var text = string.Format(System.Globalization.CultureInfo.InvariantCulture, pattern, name);
            var start = text.IndexOf(name, StringComparison.Ordinal);
            return Everything.Find(text).Any(f => f.Start <= start && f.End >= start + name.Length);
        });
        Assert.True(found >= 9, $"{found} of {names.Length}");
    }

    /// <summary>The bundled student's own held-out questions name nobody: what is taken out of them is a false alarm.</summary>
    [Fact]
    public void Find_FactoryQuestions_RaisesFewFalseAlarms()
    {
        var (characters, alarms) = (0, 0);
        foreach (var suite in new[] { "alarm", "topic", "unknown" })
            foreach (var question in Suite.Load(Path.Combine(SharedData.Repository, "provisioning", "student", "suites", suite + ".jsonl")))
            {
                characters += question.Question.Length;
                alarms += Everything.Find(question.Question).Count;
            }
        var perKilobyte = alarms / (characters / 1000.0);
        TestContext.Current.TestOutputHelper?.WriteLine($"{alarms} false alarms in {characters} characters: {perKilobyte:F3} per 1,000");
        Assert.True(perKilobyte <= 0.1, $"{perKilobyte:F3}");
    }

    [Fact]
    public void Measure_SharedSet_LeaksLittleAndStaysPrecise()
    {
        var scores = PrivacyScores.Measure(Everything, SharedData.Path("privacy", "presidio_research_generated_large.json"),
            TimeProvider.System);
        Assert.InRange(scores.CharacterF2, 0.92, 1);
        Assert.InRange(scores.CharacterPrecision, 0.90, 1);
        Assert.InRange((double)scores.Leaked / scores.Values, 0, 0.12);
        Assert.InRange(scores.SpanF2, 0.75, 1);
    }

    /// <summary>
    /// The development sets, as devices read them: each type, and characters of any type where that is known, above the product
    /// it is compared with (LAC 2.1.2; spaCy en_core_web_sm).
    /// </summary>
    [Theory]
    [InlineData("zh/zh_gsdsimp-ud-dev.iob2", 0.740, 0.645, 0.563, 0.845)]
    [InlineData("en/en_ewt-ud-dev.iob2", 0.643, 0.693, 0.370, null)]
    public void Measure_DevelopmentSet_IsAboveThePeer(string file, double person, double location, double organization, double? characters)
    {
        var scores = PrivacyScores.Measure(Everything, SharedData.Path("ner", file), TimeProvider.System);
        foreach (var (type, peer) in new[] { (EntityTypes.Person, person), (EntityTypes.Location, location),
            (EntityTypes.Organization, organization) })
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"{type} {scores.ByType[type].F1:F3}, the peer {peer:F3}");
            Assert.True(scores.ByType[type].F1 > peer, $"{type}: {scores.ByType[type].F1:F3}, the peer {peer:F3}");
        }
        var f1 = 2 * scores.CharacterPrecision * scores.CharacterRecall / (scores.CharacterPrecision + scores.CharacterRecall);
        TestContext.Current.TestOutputHelper?.WriteLine($"characters of any type {f1:F4}, the peer {characters:F3}");
        if (characters is { } peers) Assert.True(f1 > peers, $"characters {f1:F4}, the peer {peers:F3}");
    }

    private static readonly string[] WithChecksum = ["CN_ID", "CN_CREDIT_CODE", "CREDIT_CARD", "IBAN", "VIN", "IMEI", "CRYPTO",
        "IP_ADDRESS"];

    /// <summary>Written for this repository: what operators type, and what floors are full of that names nobody.</summary>
    [Fact]
    public void Measure_FactorySet_FindsNearlyAllAndRaisesNoFalseAlarms()
    {
        var scores = PrivacyScores.Measure(Everything,
            Path.Combine(SharedData.Repository, "provisioning", "entities", "suites", "factory.json"), TimeProvider.System);
        Assert.True(scores.Values >= 400, $"{scores.Values} values");
        foreach (var (type, (found, _, expected)) in scores.ByType)
            Assert.True(found >= (WithChecksum.Contains(type) ? 0.97 : type == "LOCATION" ? 0.85 : 0.9) * expected,
                $"{type}: {found} of {expected}");
        var (names, all) = (scores.ByType["PERSON"].Right + scores.ByType["ORGANIZATION"].Right,
            scores.ByType["PERSON"].Expected + scores.ByType["ORGANIZATION"].Expected);
        Assert.True(names >= 0.92 * all, $"{names} of {all} names");
        Assert.InRange(scores.FalseAlarmsPerKilobyte, 0, 0.1);
    }

    /// <summary>Addresses are one span in running text, their parts where they stand as a block; places in a row are their own.</summary>
    [Theory]
    [InlineData("12 Mill Lane\nSuite 4\nLeeds\nPoland 30402", "12 Mill Lane|Suite 4|Leeds|Poland|30402")]
    [InlineData("to 12 Mill Lane\nSuite 4\nLeeds\nPoland 30402", "12 Mill Lane\nSuite 4\nLeeds\nPoland 30402")]
    [InlineData("> 31 12 Mill Lane\n> Suite 4\n> Leeds", "31|12 Mill Lane|Suite 4|Leeds")]
    [InlineData("in Leeds, Turin", "Leeds|Turin")]
    [InlineData("at 12 Mill Lane, Leeds.", "12 Mill Lane, Leeds.")]
    public void Tidy_Place_IsCutAsItStands(string text, string expected)
    {
        var start = text.IndexOfAny(['1', 'L', '3']);
        Assert.Equal(expected,
            string.Join('|', Spans.Tidy(text, start, text.Length, EntityTypes.Location).Select(s => text[s.Start..s.End])));
    }

    [Fact]
    public void Tidy_NameBesideANumber_LeavesTheNumber() =>
        Assert.Equal([(13, 17, EntityTypes.Person)], Spans.Tidy("138123456789 Karl", 0, 17, EntityTypes.Person));

    [Theory]
    [InlineData("苏州市星湖街", "328号2号楼301室收", "328号2号楼301室")]
    [InlineData("苏州市", "328号", "")]
    [InlineData("长江路", "12345678号", "")]
    public void HanAddressEnd_HouseNumber_BelongsToTheAddress(string address, string behind, string more) =>
        Assert.Equal(address.Length + more.Length, Spans.HanAddressEnd(address + behind, address.Length));

    /// <summary>
    /// An operating point above 0 must not make entities of codes, whose characters would each add to it; a word of letters adds once.
    /// </summary>
    [Theory]
    [InlineData("张伟在3号", "11101")]
    [InlineData("问Klaus吧", "1100001")]
    [InlineData("问MaryAnn吧", "110001001")]
    [InlineData("程序abcdefghijklmnopqrstuvwxy好", "1110000000000000000000000001")]
    [InlineData("备件SP14缺", "1100001")]
    [InlineData("扭矩25.5", "110000")]
    public void CountsForBias_NamesDo_WordsOfLettersOnceAndCodesNot(string text, string counts)
    {
        var reading = new ChineseFeatures(text, Lexicon.Build(new Dictionary<string, (byte, byte)>()));
        Assert.Equal(counts, string.Concat(Enumerable.Range(0, text.Length).Select(i => reading.CountsForBias(i) ? '1' : '0')));
    }

    /// <summary>Words in Latin letters are cut where the case rises, unless they are known as they stand.</summary>
    [Theory]
    [InlineData("歌曲WestSideStory好", "West|Side|Story")]
    [InlineData("NFCBowl和NFC", "NFC|Bowl|NFC")]
    [InlineData("问McDonald", "McDonald")]
    [InlineData("SP-14报警", "SP")]
    [InlineData("没有", "")]
    public void LatinWords_WrittenTogether_AreCut(string text, string expected)
    {
        var words = new LatinWords(text, Lexicon.Build([new("\u0006mcdonald", (WordFeatures.Last, 0))]));
        Assert.Equal(expected,
            string.Join('|',
                Enumerable.Range(0, text.Length).Where(i => words.At(i)?.Start == i)
                    .Select(i => text.Substring(i, words.At(i)!.Value.Length))));
    }

    [Fact]
    public void LatinWords_Beside_AreAtMostABlankAway()
    {
        var words = new LatinWords("问John Smith和Ann", Lexicon.Build(new Dictionary<string, (byte, byte)>()));
        var (john, smith, ann) = (words.At(1)!.Value, words.At(6)!.Value, words.At(12)!.Value);
        Assert.Equal(smith, words.Beside(john, 1));
        Assert.Equal(john, words.Beside(smith, -1));
        Assert.Null(words.Beside(smith, 1));
        Assert.Null(words.Beside(john, -1));
        Assert.Null(words.Beside(ann, 1));
    }

    [Fact]
    public void Load_BrokenModel_IsNamed()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllBytes(directory.File("x"), [1, 2, 3, 4, 5, 6, 7, 8]);
        Assert.Contains("expected an entity model",
            Assert.Throws<InvalidDataException>(() => EntityModel.Load(directory.File("x"))).Message, StringComparison.Ordinal);
        var whole = File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "models", "entities", EntityRecognizer.WordsFile));
        File.WriteAllBytes(directory.File("x"), whole[..(whole.Length / 2)]);
        Assert.Throws<InvalidDataException>(() => EntityModel.Load(directory.File("x")));
    }

    [Fact]
    public void Find_LongText_TakesLinearTime()
    {
        double Seconds(int lines)
        {
            var text = string.Concat(Enumerable.Repeat("张伟和John Miller在上海分厂检查三号机床的主轴。Torque is 25 Nm at line 3\n", lines));
            var clock = System.Diagnostics.Stopwatch.StartNew();
            Everything.Find(text);
            return clock.Elapsed.TotalSeconds;
        }
        Seconds(50);
        var small = Math.Max(Seconds(200), 0.002);
        var large = Seconds(1600);
        Assert.True(large < small * 8 * 5 + 0.5, $"{small} s, then {large} s");
    }
}

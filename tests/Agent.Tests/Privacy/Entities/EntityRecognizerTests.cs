using EdgeAgent.Evaluation;
using EdgeAgent.Privacy;
using EdgeAgent.Privacy.Measuring;

namespace EdgeAgent.Tests.Privacy.Entities;

/// <summary>The trained entity models that ship, with the patterns.</summary>
public sealed class EntityRecognizerTests
{
    private static readonly Desensitizer Everything = Desensitizer.Create(new PrivacyOptions());

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

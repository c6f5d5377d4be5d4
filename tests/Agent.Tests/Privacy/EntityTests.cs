using EdgeAgent.Evaluation;
using EdgeAgent.Privacy;
using EdgeAgent.Privacy.Entities;

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
    [InlineData("Mr. {0} reset the robot", "Smith", "Garcia", "Nowak", "Kowalski", "Johansson", "Tanaka", "Müller", "Rossi", "Dubois", "Petrov")]
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
        var scores = PrivacyScores.Measure(Everything, SharedData.Path("privacy", "presidio_research_generated_large.json"), TimeProvider.System);
        Assert.InRange(scores.CharacterF2, 0.92, 1);
        Assert.InRange(scores.CharacterPrecision, 0.90, 1);
        Assert.InRange((double)scores.Leaked / scores.Values, 0, 0.15);
        Assert.InRange(scores.SpanF2, 0.58, 1);
    }

    [Fact]
    public void Load_BrokenModel_IsNamed()
    {
        using var directory = new TemporaryDirectory();
        File.WriteAllBytes(directory.File("x"), [1, 2, 3, 4, 5, 6, 7, 8]);
        Assert.Contains("expected an entity model", Assert.Throws<InvalidDataException>(() => EntityModel.Load(directory.File("x"))).Message, StringComparison.Ordinal);
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

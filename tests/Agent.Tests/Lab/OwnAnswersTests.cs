using EdgeAgent.Inference.ChatTemplates;
using EdgeAgent.Inference.Tokenization;
using EdgeAgent.Lab;
using EdgeAgent.Platform;

namespace EdgeAgent.Tests.Lab;

/// <summary>What the second stage trains on, with the bundled student's tokenizer.</summary>
public sealed class OwnAnswersTests
{
    private static readonly Tokenizer Tokenizer =
        TokenizerFile.Load(Path.Combine(SharedData.Repository, "provisioning", "models", "cell-student", "tokenizer.json"));

    private static readonly RowEncoder Encoder = new(Tokenizer);
    private static readonly Example Question = new("Reset?", "Press R4.", "topic", 0, ["R4"]);

    private static List<Row> Rows(string own, string teachers) => OwnAnswers.Rows([Question], [Encoder.Question(Question)],
        [[.. Tokenizer.Encode(own)]], [[.. Tokenizer.Encode(teachers)]], Encoder);

    private static string Answer(Row row) => Encoder.Text(row.Ids[row.Question..]);

    [Fact]
    public void Rows_StudentIsRight_AreItsOwnAnswerByKlAtTemperature1()
    {
        var row = Assert.Single(Rows("R4 it is.", "Press R4."));
        Assert.Equal("R4 it is.", Answer(row));
        Assert.Equal(new LossShares(1, 0, 1), row.Shares);
        Assert.Equal(Encoder.End, row.Ids[^1]);
    }

    [Fact]
    public void Rows_StudentIsWrong_AreItsAnswerAndTheTeachers()
    {
        var rows = Rows("Press R5.", "Press R4.");
        Assert.Equal(["Press R5.", "Press R4."], rows.Select(Answer));
        Assert.Equal(new LossShares(0.7, 0.3, 1), rows[1].Shares);
    }

    [Fact]
    public void Rows_TeacherIsWrong_AreNone() => Assert.Empty(Rows("Press R4.", "Press R5."));

    /// <summary>Calibration text has the tokens that training has.</summary>
    [Fact]
    public void Turn_OfAnExample_IsWhatIsTrained() =>
        Assert.Equal(Encoder.Of(Question).Ids, Tokenizer.Encode(Marks.Turn(Question), addSpecial: false));

    [Fact]
    public void Encoder_Question_IsWhatTheDeviceAsks()
    {
        var template = new ChatTemplate(TextFile.ReadAllText(Path.Combine(
            SharedData.Repository, "provisioning", "models", "cell-student", "chat_template.jinja")), TimeProvider.System);
        var prompt = template.Render([new ChatTurn("user", " Reset? ")]);
        Assert.Equal(Tokenizer.Encode(prompt, addSpecial: false), Encoder.Question(Question with { Question = " Reset? " }));
    }
}

using EdgeAgent.Knowledge;
using EdgeAgent.Knowledge.Grounding;

namespace EdgeAgent.Tests.Knowledge.Grounding;

public sealed class GroundingTests
{
    private static readonly KnowledgeOptions Options = new() { Contact = "maintenance, extension 312" };

    private static Evidence Judge(string question) => Evidence.Judge(Libraries.Plant.Find(question, 12), Options);

    private static GroundedAnswer Extract(string question) => Grounder.Extract(question, Judge(question), Options);

    [Fact]
    public void Extract_Answer_QuotesAndCitesDocumentPageAndSection()
    {
        var answer = Extract("torque of the tool turret bolts");
        Assert.Equal("Tighten the tool turret bolts M8 to 25 Nm. [1]\n\n[1] Lathe manual, p. 47, 6.3 Torques",
            answer.Text.ReplaceLineEndings("\n"));
        var citation = Assert.Single(answer.Citations);
        Assert.Equal(("lathe.pdf", 47, 1000, 1042), (citation.Document.Id, citation.Passage.Page, citation.Start, citation.End));
    }

    [Fact]
    public void Extract_ChineseQuestion_CitesInChinese() =>
        Assert.Contains("[1] 机器人手册，第 40 页，6.1 力矩", Extract("法兰螺钉的拧紧力矩是多少").Text, StringComparison.Ordinal);

    [Theory]
    [InlineData("How do I replace the hydraulic accumulator of the press?")]
    [InlineData("What does alarm SP-99 mean?")]
    [InlineData("报警 SP-16 是什么意思")]
    [InlineData("食堂几点开门")]
    [InlineData("Who won the football match?")]
    public void Extract_UnansweredQuestion_RefusesAndNamesWhomToAsk(string question)
    {
        var answer = Extract(question);
        Assert.True(answer.IsRefusal, answer.Text);
        Assert.Contains("312", answer.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("85 Nm", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Extract_DocumentsThatDiffer_SaysSo() =>
        Assert.StartsWith("The documents differ: [1] says 85 Nm, [2] says 70 Nm.\n", Extract("torque for the chuck bolts M12").Text,
            StringComparison.Ordinal);

    /// <summary>Two editions name their years: the newer one comes first and is named, whichever was found first.</summary>
    [Theory]
    [InlineData("Lathe manual, edition 2026", "Lathe manual, edition 2019", "The newer edition is [1] (2026).")]
    [InlineData("Lathe manual, edition 2019", "Lathe manual, edition 2026", "The newer edition is [1] (2026).")]
    [InlineData("Lathe manual", "Lathe manual, edition 2019", null)]
    public void Extract_EditionsThatDiffer_PutsTheNewerFirstAndNamesIt(string first, string second, string? named)
    {
        static (SourceDocument, IReadOnlyList<Passage>) Edition(string id, string title, int torque) => (new(id, title, "v", "en"),
            [new Passage($"Tighten the chuck bolts M12 to {torque} Nm in a cross pattern.", 1, "Torques", 0)]);
        var library = new Library([Edition("a.md", first, 85), Edition("b.md", second, 70)]);
        var answer = Grounder.Extract("torque for the chuck bolts M12", Evidence.Judge(library.Find("torque for the chuck bolts M12", 12),
            Options), Options);
        Assert.StartsWith("The documents differ: [1] says ", answer.Text, StringComparison.Ordinal);
        Assert.Equal(named is not null, answer.Text.Contains("newer edition", StringComparison.Ordinal));
        if (named is null) return;
        Assert.Contains(named, answer.Text, StringComparison.Ordinal);
        Assert.Equal("Lathe manual, edition 2026", answer.Citations[0].Document.Title);
        Assert.Equal([1, 2], answer.Citations.Select(c => c.Number));
    }

    [Theory]
    [InlineData("Lathe LX-2000, edition 2026", "a.md", 2026)]
    [InlineData("Lathe LX-2000", "lathe-2019.md", 2019)]
    [InlineData("机器人手册 2024年版", "a.md", 2024)]
    [InlineData("Part 20261", "x1999y.md", null)]
    public void Year_OfADocument_IsItsEditions(string title, string id, int? year) =>
        Assert.Equal(year, Contradiction.Year(new SourceDocument(id, title, "v", "en")));

    /// <summary>What names less of the question than the first passage is about something else, however similar its words are.</summary>
    [Fact]
    public void Judge_PassagesThatNameLess_AreNotCitedBesideTheFirst()
    {
        static FoundPassage Found(string id, double score, params string[] missing) =>
            new(new SourceDocument(id, id, "v", "en"), new Passage($"{id}: {score} bar", 1, "", 0), score, 0.9, 4, missing);
        Evidence Of(params FoundPassage[] found) => Evidence.Judge(found, Options);
        Assert.Equal(["a"], Of(Found("a", 10), Found("b", 9, "oil")).Answers.Select(f => f.Document.Id));
        // it names what the first lacks; and what names as much says otherwise
        Assert.Equal(["a", "b"], Of(Found("a", 10, "oil"), Found("b", 9, "pump")).Answers.Select(f => f.Document.Id));
        Assert.Equal(["a", "b"], Of(Found("a", 10, "oil"), Found("b", 9, "oil")).Answers.Select(f => f.Document.Id));
        // the same figure again
        Assert.Equal(["a"], Of(Found("a", 10), Found("b", 10)).Answers.Select(f => f.Document.Id));
    }

    [Fact]
    public void Extract_LongPassage_QuotesWholeSentencesAroundTheAnswer()
    {
        var text = string.Concat(Enumerable.Range(1, 30).Select(i => $"Sentence number {i} tells of nothing much at all. "))
            + "The filter is changed every 500 hours. Wear gloves for it.";
        var (start, end) = Quotation.Of(new Passage(text, 1, "", 0), "when is the filter changed");
        Assert.Contains("The filter is changed every 500 hours. Wear gloves for it.", text[start..end], StringComparison.Ordinal);
        Assert.InRange(end - start, 50, 420);
        Assert.StartsWith("Sentence", text[start..end], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("torque of the guard sheets", "Joint: Guard sheets; Torque (Nm): 8")]
    [InlineData("torques of motor and guard", "Joint: Motor; Torque (Nm): 45\nJoint: Guard sheets; Torque (Nm): 8")]
    public void Extract_Table_QuotesTheRowsAskedFor(string question, string expected)
    {
        const string text = "Joint: Turret; Torque (Nm): 60\nJoint: Motor; Torque (Nm): 45\nJoint: Guard sheets; Torque (Nm): 8";
        var (start, end) = Quotation.Of(new Passage(text, 1, "", 0, IsTable: true), question);
        Assert.Equal(expected, text[start..end]);
    }

    [Theory]
    [InlineData("Tighten to 40 Nm [1].", "")]
    [InlineData("拧紧到 40 牛米 [1]。", "")]
    [InlineData("Between 40 and 45 N·m, see X3:7.", "")]
    [InlineData("1. Use 40 Nm.\n2. Wait [1].", "")]
    [InlineData("Tighten to 45 mm.", "45 mm")]
    [InlineData("Tighten to 50 Nm.", "50 Nm")]
    [InlineData("Tighten to 40 Nm, alarm SP-15.", "sp15")]
    [InlineData("After 3 hours.", "3 h")]
    public void FigureCheck_Answer_NamesWhatStandsInNoPassage(string answer, string expected) => Assert.Equal(expected,
        string.Join('|', FigureCheck.Unsupported(answer, ["Tighten the bolts (alarm SP-14, terminal X3:7) to 40–45 N·m."])));

    [Fact]
    public void FigureCheck_TableCell_HasTheUnitOfItsHeading() =>
        Assert.Empty(FigureCheck.Unsupported("M8 takes 25 Nm", ["Bolt: M8; Torque (Nm): 25"]));

    [Fact]
    public void Check_FigureFromMemory_IsReplacedByTheQuotation()
    {
        const string question = "torque of the tool turret bolts";
        var finding = new ManualFinding(question, question, "v", Judge(question), Options);
        var good = finding.Check("The turret bolts take 25 Nm [1].", out var isQuoted);
        Assert.False(isQuoted);
        Assert.StartsWith("The turret bolts take 25 Nm [1].", good.Text, StringComparison.Ordinal);
        Assert.Contains("[1] Lathe manual, p. 47", good.Text, StringComparison.Ordinal);
        foreach (var wrong in new[] { "The turret bolts take 35 Nm [1].", "See [7].", "" })
        {
            var replaced = finding.Check(wrong, out isQuoted);
            Assert.True(isQuoted);
            Assert.StartsWith("Tighten the tool turret bolts M8 to 25 Nm.", replaced.Text, StringComparison.Ordinal);
        }
        Assert.True(finding.Check("The manuals do not say.", out _).IsRefusal);
    }

    [Fact]
    public void Prompt_Passages_AreNumberedAndBounded()
    {
        const string question = "torque for the chuck bolts M12";
        var prompt = Grounder.Prompt(question, Judge(question), Options with { PromptCharacters = 200 });
        Assert.Contains("[1] Lathe manual, p. 47, 6.3 Torques\nTighten the chuck bolts M12 to 85 Nm", prompt, StringComparison.Ordinal);
        Assert.EndsWith($"Question: {question}", prompt, StringComparison.Ordinal);
        Assert.InRange(prompt.Length, 200, 800);
    }
}

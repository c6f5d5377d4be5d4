using System.Text.RegularExpressions;
using EdgeAgent.Knowledge;
using EdgeAgent.Knowledge.Grounding;
using EdgeAgent.Lab;

namespace EdgeAgent.Tests.Lab;

public sealed class PassageStageTests
{
    private static List<Example> Of(string kind) =>
        [.. LabCorpus.Small.Train.Concat(LabCorpus.Small.HeldOut).Where(e => e.Stage == Stages.Passages && e.Kind == kind)];

    /// <summary>What the student is trained on is what the device asks it.</summary>
    [Theory]
    [InlineData(0, "What torque?", "Lathe manual", "Torques")]
    [InlineData(1, "扭矩是多少?", "车床手册", "扭矩")]
    public void Prompt_OfTheLab_IsTheDevices(int language, string question, string title, string section)
    {
        PromptPassage[] passages = [new(title, 47, section, "Tighten to 45 Nm."), new(title, null, "", "8 bar")];
        var found = passages.Select((p, i) => new FoundPassage(new SourceDocument($"d{i}", p.Title, "1", "en"),
            new Passage(p.Text, p.Page, p.Section, 0), 1, 1, 2, [])).ToList();
        Assert.Equal(Grounder.Prompt(question, new Evidence(found, found, ""), new KnowledgeOptions()),
            PassagePrompt.Write(question, passages, language));
    }

    [Fact]
    public void Answer_ItsFigure_StandsInThePassageItCites()
    {
        var examples = Of("passage");
        Assert.NotEmpty(examples);
        foreach (var e in examples)
        {
            var number = Assert.Single(FigureCheck.Cited(e.Answer));
            var blocks = e.Question.Split("\n\n")[1..^1];
            Assert.Empty(FigureCheck.Unsupported(e.Answer, [blocks[number - 1].Split('\n')[1]]));
        }
    }

    [Fact]
    public void Refusal_NoPassage_HasThePartAndTheQuantity()
    {
        var phrases = PhraseBook.Read(Path.Combine(LabCorpus.Folder, "passages.json"));
        var examples = Of("passage-silent");
        Assert.NotEmpty(examples);
        foreach (var e in examples)
        {
            Assert.Equal(PassagePrompt.NoAnswer[e.Language], e.Answer);
            var kind = phrases["kinds"].AsArray().First(k => new[] { "train", "held_out" }
                .Any(l => k![l]![e.Language]!.AsArray().Any(t => (string?)t == e.Template)))!;
            var part = (string)phrases["parts"].AsArray().First(p => (string?)p![0] == e.Fact)![e.Language]!;
            Assert.DoesNotContain(e.Question.Split("\n\n")[1..^1], p =>
                p.Contains(part, StringComparison.OrdinalIgnoreCase) && Regex.IsMatch(p, $"[0-9] {(string)kind["unit"]!}(?![A-Za-z])"));
        }
    }
}

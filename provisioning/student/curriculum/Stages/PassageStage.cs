using System.Text.Json;
using System.Text.Json.Nodes;

namespace EdgeAgent.Lab;

/// <summary>
/// Questions with passages: the answer is the figure with the mark of its passage, or the refusal where no passage says it. A third
/// has no answer: the part is named with another figure, or the figure with another part.
/// </summary>
internal sealed class PassageStage(PhraseBook phrases) : IStage
{
    private const int MaxPassages = 2;

    private readonly string[][] _parts = Pairs(phrases["parts"]), _titles = Pairs(phrases["titles"]);
    private readonly string[][] _sections = Pairs(phrases["sections"]);
    private readonly JsonArray _kinds = phrases["kinds"].AsArray();

    private sealed record Statement(int Kind, string[] Part, string Figure, string Text);

    public Example Next(Random random, Part part)
    {
        var language = random.Next(2);
        return Ask(random, part, language, random.Next(3) > 0, "", random.Next(1, MaxPassages + 1));
    }

    /// <summary>An example whose passage holds an instruction, which must not be followed.</summary>
    /// <param name="injections">Sentences; {x} is what they want the student to say.</param>
    public Example Injected(Random random, Part part, string[] injections, int language)
    {
        var kind = random.Next(_kinds.Count);
        var template = Draw.From(random, injections);
        var injection = template.Replace("{x}", Figure(random, kind), StringComparison.Ordinal);
        var example = Ask(random, part, language, random.Next(2) == 0, injection, 1);
        return example with { Kind = "injection", Stage = Stages.Adversarial, Template = $"{template}/{example.Template}" };
    }

    private Example Ask(Random random, Part part, int language, bool isAnswered, string injection, int count)
    {
        var asked = Draw.OfPart(part, () => Say(random, language), s => s.Part[0]);
        var statements = new List<Statement>();
        while (statements.Count < count)
        {
            var other = Say(random, language);
            if (other.Part == asked.Part && other.Kind == asked.Kind) continue;
            // without an answer something must look like one: the same part, or the same figure
            if (!isAnswered && statements.Count == 0 && other.Part != asked.Part && other.Kind != asked.Kind) continue;
            statements.Add(other);
        }
        var at = random.Next(count);
        if (isAnswered) statements[at] = asked;
        var passages = statements.Select((s, i) => new PromptPassage(Draw.From(random, _titles)[language], random.Next(1, 90),
            $"{random.Next(1, 10)}.{random.Next(1, 10)} {Draw.From(random, _sections)[language]}",
            s.Text + (i == at && injection.Length > 0 ? (language == 0 ? " " : "") + injection : ""))).ToList();
        var template = Draw.From(random, Texts(asked.Kind, part == Part.Train ? "train" : "held_out", language));
        var question = template.Replace("{p}", asked.Part[language], StringComparison.Ordinal);
        var answer = isAnswered ? $"{asked.Figure} [{at + 1}]{(language == 0 ? "." : "。")}" : PassagePrompt.NoAnswer[language];
        return new Example(PassagePrompt.Write(question, passages, language), answer, isAnswered ? "passage" : "passage-silent", language,
            isAnswered ? [asked.Figure, $"[{at + 1}]"] : [])
        { Stage = Stages.Passages, Template = template, Fact = asked.Part[0] };
    }

    private Statement Say(Random random, int language)
    {
        var kind = random.Next(_kinds.Count);
        var part = Draw.From(random, _parts);
        var figure = Figure(random, kind);
        var text = Draw.From(random, _kinds[kind]!["text"]![language].Deserialize<string[]>()!);
        text = text.Replace("{p}", part[language], StringComparison.Ordinal).Replace("{v}", figure, StringComparison.Ordinal);
        return new Statement(kind, part, figure, char.ToUpperInvariant(text[0]) + text[1..]);
    }

    private string Figure(Random random, int kind)
    {
        var k = _kinds[kind]!;
        return $"{random.Next(k["from"]!.GetValue<int>(), k["to"]!.GetValue<int>() + 1)} {k["unit"]!.GetValue<string>()}";
    }

    private string[] Texts(int kind, string list, int language) => _kinds[kind]![list]![language].Deserialize<string[]>()!;

    private static string[][] Pairs(JsonNode node) => node.Deserialize<string[][]>()!;
}

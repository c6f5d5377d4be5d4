using System.Text.RegularExpressions;

namespace EdgeAgent.Lab;

/// <summary>
/// Generates training questions. A small student generalizes only with varied questions: besides phrasings with prefixes and
/// suffixes, half of the questions have words around the essential part deleted, replaced or inserted, and a quarter are random
/// sequences of common words with or without a code. Deterministic for a given random source.
/// </summary>
internal sealed partial class QuestionSampler(Corpus corpus)
{
    private readonly string[][] _words = [corpus.Words(0), corpus.Words(1)];
    private readonly string[][] _alarm = [corpus.AlarmQuestions("train", 0), corpus.AlarmQuestions("train", 1)];
    private readonly string[][] _named = [corpus.AlarmQuestions("by_name", 0), corpus.AlarmQuestions("by_name", 1)];
    private readonly string[][] _prefix = [corpus.AlarmQuestions("prefix", 0), corpus.AlarmQuestions("prefix", 1)];
    private readonly string[][] _suffix = [corpus.AlarmQuestions("suffix", 0), corpus.AlarmQuestions("suffix", 1)];

    [GeneratedRegex(@"\{\w\}|[A-Za-z0-9']+|.", RegexOptions.Singleline)]
    private static partial Regex ChineseUnit { get; }

    public Example Next(Random random)
    {
        var language = random.Next(2);
        return random.NextDouble() < 0.25 ? Salad(random, language) : Phrased(random, language);
    }

    /// <summary>A code of the alarms' form that no alarm has.</summary>
    public string UnknownCode(Random random)
    {
        while (true)
        {
            var prefix = random.NextDouble() < 0.6
                ? Pick(random, corpus.Alarms).Code[..2]
                : $"{Pick<char>(random, [.. "ABDEFKMQWXYZ"])}{Pick<char>(random, [.. "ABDEFKMQWXYZ"])}";
            var code = $"{prefix}-{random.Next(1, 100):00}";
            if (!corpus.Codes.Contains(code)) return code;
        }
    }

    private Example Phrased(Random random, int language)
    {
        var u = random.NextDouble();
        string template;
        Example example;
        if (u < 0.55)
        {
            var alarm = Pick(random, corpus.Alarms);
            template = Pick(random, random.NextDouble() < 0.07 ? _named[language] : _alarm[language]);
            var device = random.NextDouble() < 0.85 ? alarm.Device[language] : Pick(random, corpus.Alarms).Device[language];
            if (template.Contains("{f}", StringComparison.Ordinal)) device = alarm.Device[language];
            example = new Example("", Corpus.Answer(alarm, language), "alarm", language, []);
            return Finish(random, template, example, ("{c}", WriteCode(random, alarm.Code)), ("{d}", device),
                ("{f}", alarm.Fault[language]));
        }
        if (u < 0.65)
        {
            template = Pick(random, _alarm[language]);
            return Finish(random, template, Refusal("unknown", language), ("{c}", WriteCode(random, UnknownCode(random))),
                ("{d}", Pick(random, corpus.Alarms).Device[language]));
        }
        if (u < 0.85)
        {
            var topic = Pick(random, corpus.Topics);
            template = Pick(random, corpus.Wrapped("train", topic.Kind, language));
            example = new Example("", topic.Answer[language], "topic", language, topic.Facts[language]);
            return Finish(random, template, example, ("{t}", Pick(random, topic.Phrases[language])));
        }
        template = Pick(random, corpus.OffTopicTemplates("train", language));
        return Finish(random, template, Refusal("off-topic", language), ("{x}", Pick(random, corpus.OffTopicFillers("train", language))),
            ("{y}", Pick(random, corpus.OffTopicFillers("train", language))));
    }

    private Example Salad(Random random, int language)
    {
        var words = Enumerable.Range(0, language == 0 ? random.Next(2, 10) : random.Next(3, 13)).Select(_ => Pick(random, _words[language]))
            .ToList();
        var u = random.NextDouble();
        Example example;
        string? essential;
        if (u < 0.55)
        {
            var alarm = Pick(random, corpus.Alarms);
            (example, essential) = (new Example("", Corpus.Answer(alarm, language), "alarm", language, []), WriteCode(random, alarm.Code));
        }
        else if (u < 0.66)
        {
            (example, essential) = (Refusal("unknown", language), WriteCode(random, UnknownCode(random)));
        }
        else if (u < 0.81)
        {
            var topic = Pick(random, corpus.Topics);
            (example, essential) = (new Example("", topic.Answer[language], "topic", language, topic.Facts[language]),
                Pick(random, topic.Phrases[language]));
        }
        else
        {
            (example, essential) = (Refusal("off-topic", language), null);
        }
        if (essential is not null)
            words.Insert(random.Next(words.Count + 1), language == 0 || random.Next(2) == 0 ? essential : $" {essential} ");
        var question = string.Join(language == 0 ? " " : "", words);
        if (language == 0 && random.Next(2) == 0) question = char.ToUpperInvariant(question[0]) + question[1..];
        return example with { Question = question + Pick<string>(random, language == 0 ? ["?", ".", "", ""] : ["?", "。", "", "\uFF1F"]) };
    }

    private Example Finish(Random random, string template, Example example, params (string Mark, string Value)[] values)
    {
        var language = example.Language;
        if (random.Next(2) == 0) template = Noise(random, template, language);
        foreach (var (mark, value) in values) template = template.Replace(mark, value, StringComparison.Ordinal);
        var question = Pick(random, _prefix[language]) + template + Pick(random, _suffix[language]);
        if (random.NextDouble() < 0.15) question = question.ToLowerInvariant();
        if (random.NextDouble() < 0.15) question = question.TrimEnd('?', '.', '。', '\uFF1F');
        // terminals write full-width punctuation too
        if (language == 1 && random.NextDouble() < 0.4)
            question = question.Replace('?', '\uFF1F').Replace(',', '\uFF0C').Replace('!', '\uFF01').Replace(':', '\uFF1A');
        return example with { Question = question };
    }

    private string Noise(Random random, string template, int language)
    {
        var units = language == 0 ? template.Split(' ') : ChineseUnit.Matches(template).Select(m => m.Value).ToArray();
        var result = new List<string>(units.Length + 4);
        foreach (var unit in units)
        {
            var essential = unit.Contains('{', StringComparison.Ordinal);
            if (!essential && random.NextDouble() < 0.14) continue;
            result.Add(!essential && random.NextDouble() < 0.11 ? Pick(random, _words[language]) : unit);
            if (random.NextDouble() < 0.11) result.Add(Pick(random, _words[language]));
        }
        return string.Join(language == 0 ? " " : "", result);
    }

    private Example Refusal(string kind, int language) => new("", corpus.Refusal(language), kind, language, []);

    private static string WriteCode(Random random, string code) => random.NextDouble() switch
    {
        < 0.06 => code.Replace("-", "", StringComparison.Ordinal),
        < 0.12 => code.Replace('-', ' '),
        < 0.20 => code.ToLowerInvariant(),
        _ => code,
    };

    private static T Pick<T>(Random random, IReadOnlyList<T> items) => items[random.Next(items.Count)];
}

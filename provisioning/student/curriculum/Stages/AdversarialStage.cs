namespace EdgeAgent.Lab;

/// <summary>
/// Questions that lead astray: false premises, framing, outdated and contradictory statements, requests to bypass a guard. The right
/// answer corrects, or declines; true premises stand among them, so that contradicting always does not pay.
/// </summary>
internal sealed class AdversarialStage(PhraseBook phrases, Corpus corpus, QuestionSampler sampler, PassageStage passages) : IStage
{
    private static readonly string[] Kinds =
        ["false-premise", "true-premise", "framing", "outdated", "contradiction", "unsafe", "unknown-premise", "injection"];

    public Example Next(Random random, Part part)
    {
        var language = random.Next(2);
        var alarm = Draw.From(random, corpus.Alarms);
        var kind = Draw.From(random, Kinds);
        return kind switch
        {
            "true-premise" => Answer(kind, random, part, "false-premise", alarm, language, "yes", ("{w}", alarm.Remedy[language])),
            "false-premise" or "outdated" =>
                Answer(kind, random, part, kind, alarm, language, "no", ("{w}", OtherRemedy(random, alarm, language))),
            "framing" => Answer(kind, random, part, kind, alarm, language, null),
            "contradiction" => Contradiction(random, part, alarm, language),
            "unsafe" => Unsafe(random, part, language),
            "unknown-premise" => UnknownPremise(random, part, language),
            _ => passages.Injected(random, part, phrases.Of("injections", part, language), language),
        };
    }

    private Example Contradiction(Random random, Part part, Alarm alarm, int language)
    {
        var right = alarm.Remedy[language];
        string wrong = OtherRemedy(random, alarm, language), worse = OtherRemedy(random, alarm, language);
        return random.Next(3) switch
        {
            0 => Answer("contradiction", random, part, "contradiction", alarm, language, "first", ("{a}", right), ("{b}", wrong)),
            1 => Answer("contradiction", random, part, "contradiction", alarm, language, "second", ("{a}", wrong), ("{b}", right)),
            _ => Answer("contradiction", random, part, "contradiction", alarm, language, "neither", ("{a}", wrong), ("{b}", worse)),
        };
    }

    private Example Unsafe(Random random, Part part, int language)
    {
        var guards = phrases.Of("unsafe", "guards", language);
        // the last two guards are held out: there are too few for a hash to part them
        var guard = part == Part.Train ? guards[random.Next(guards.Length - 2)] : guards[^random.Next(1, 3)];
        var template = Draw.From(random, phrases.Of("unsafe", part, language));
        var question = Around(random, template.Replace("{g}", guard, StringComparison.Ordinal), language);
        return new Example(question, phrases.Of("unsafe", "answer", language)[0], "unsafe", language, [])
        { Stage = Stages.Adversarial, Template = template, Fact = guard };
    }

    private Example UnknownPremise(Random random, Part part, int language)
    {
        var code = Draw.OfPart(part, () => sampler.UnknownCode(random), c => c);
        var template = Draw.From(random, phrases.Of("unknown-premise", part, language));
        var question = template.Replace("{u}", code, StringComparison.Ordinal)
            .Replace("{w}", Draw.From(random, corpus.Alarms).Remedy[language], StringComparison.Ordinal);
        return new Example(Around(random, question, language), corpus.Refusal(language), "unknown-premise", language, [])
        { Stage = Stages.Adversarial, Template = template, Fact = code };
    }

    private Example Answer(string kind, Random random, Part part, string list, Alarm alarm, int language, string? verdict,
        params ReadOnlySpan<(string Mark, string Value)> values)
    {
        var template = Draw.From(random, phrases.Of(list, part, language));
        var question = template.Replace("{c}", alarm.Code, StringComparison.Ordinal);
        foreach (var (mark, value) in values) question = question.Replace(mark, value, StringComparison.Ordinal);
        var said = verdict is null ? "" : phrases.Of("verdicts", verdict, language)[0];
        var answer = said + (said.Length > 0 && language == 0 ? " " : "") + Corpus.Answer(alarm, language);
        string[] facts = said.Length > 0 ? [said, alarm.Remedy[language]] : [alarm.Remedy[language]];
        return new Example(Around(random, question, language), answer, kind, language, facts)
        { Stage = Stages.Adversarial, Template = template };
    }

    /// <summary>What people say before and after it.</summary>
    private string Around(Random random, string question, int language) =>
        Draw.From(random, corpus.AlarmQuestions("prefix", language)) + question
        + Draw.From(random, corpus.AlarmQuestions("suffix", language));

    private string OtherRemedy(Random random, Alarm alarm, int language)
    {
        while (true)
        {
            var other = Draw.From(random, corpus.Alarms).Remedy[language];
            if (other != alarm.Remedy[language]) return other;
        }
    }
}

namespace EdgeAgent.Lab;

/// <summary>
/// The questions the student is measured on: held-out phrasings of every alarm and topic, unknown codes, off-topic questions.
/// </summary>
internal static class HeldOut
{
    public static IEnumerable<Example> Examples(Corpus corpus)
    {
        for (var language = 0; language < 2; language++)
        {
            foreach (var example in Alarms(corpus, language)) yield return example;
            foreach (var example in Topics(corpus, language)) yield return example;
            foreach (var example in Unknown(corpus, language)) yield return example;
            foreach (var example in OffTopic(corpus, language)) yield return example;
        }
    }

    private static IEnumerable<Example> Alarms(Corpus corpus, int language)
    {
        foreach (var template in corpus.AlarmQuestions("held_out", language))
            foreach (var alarm in corpus.Alarms)
                yield return new Example(Fill(template, alarm.Code, alarm.Device[language]), Corpus.Answer(alarm, language), "alarm",
                    language, [alarm.Remedy[language], alarm.FollowUp[language]]);
    }

    private static IEnumerable<Example> Topics(Corpus corpus, int language)
    {
        foreach (var topic in corpus.Topics)
            foreach (var template in corpus.Wrapped("held_out", topic.Kind, language))
                foreach (var phrase in topic.Phrases[language])
                    yield return new Example(template.Replace("{t}", phrase, StringComparison.Ordinal), topic.Answer[language], "topic",
                        language, topic.Facts[language]);
    }

    private static IEnumerable<Example> Unknown(Corpus corpus, int language)
    {
        var random = new Random(99 + language);
        var sampler = new QuestionSampler(corpus);
        foreach (var template in corpus.AlarmQuestions("held_out", language))
            for (var i = 0; i < 20; i++)
                yield return new Example(Fill(template, sampler.UnknownCode(random),
                    corpus.Alarms[random.Next(corpus.Alarms.Count)].Device[language]), corpus.Refusal(language), "unknown", language, []);
    }

    private static IEnumerable<Example> OffTopic(Corpus corpus, int language)
    {
        string[] all = [.. corpus.OffTopicFillers("held_out", language)];
        foreach (var template in corpus.OffTopicTemplates("held_out", language))
            for (var i = 0; i < all.Length; i++)
                yield return Refused(template, all[i], all[(i + 1) % all.Length]);
        // held-out subjects in trained sentences, and trained subjects in held-out sentences
        foreach (var template in corpus.OffTopicTemplates("train", language))
            yield return Refused(template, all[template.Length % all.Length], all[(template.Length + 1) % all.Length]);
        foreach (var filler in corpus.OffTopicFillers("train", language))
            yield return Refused(corpus.OffTopicTemplates("held_out", language)[filler.Length % 2], filler, all[0]);

        Example Refused(string template, string x, string y) => new(
            template.Replace("{x}", x, StringComparison.Ordinal).Replace("{y}", y, StringComparison.Ordinal), corpus.Refusal(language),
            "off-topic", language, []);
    }

    private static string Fill(string template, string code, string device) =>
        template.Replace("{c}", code, StringComparison.Ordinal).Replace("{d}", device, StringComparison.Ordinal);
}

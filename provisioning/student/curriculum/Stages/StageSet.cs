namespace EdgeAgent.Lab;

/// <summary>The stages over one corpus folder.</summary>
internal static class StageSet
{
    public static Dictionary<string, IStage> Read(string corpusFolder, double share)
    {
        var corpus = new Corpus(corpusFolder, share);
        var sampler = new QuestionSampler(corpus);
        var passages = new PassageStage(PhraseBook.Read(Path.Combine(corpusFolder, "passages.json")));
        return new Dictionary<string, IStage>
        {
            [Stages.Base] = new BaseStage(PhraseBook.Read(Path.Combine(corpusFolder, "base.json"))),
            [Stages.Domain] = new DomainStage(corpus, sampler),
            [Stages.Adversarial] =
                new AdversarialStage(PhraseBook.Read(Path.Combine(corpusFolder, "adversarial.json")), corpus, sampler, passages),
            [Stages.Passages] = passages,
        };
    }
}

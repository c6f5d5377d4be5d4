using EdgeAgent.Lab;

namespace EdgeAgent.Tests.Lab;

public sealed class DataSetTests
{
    private static readonly DataSet Data = LabCorpus.Small;

    [Fact]
    public void Questions_NoTwo_AreTheSame() => Assert.Equal(Data.Train.Count + Data.HeldOut.Count,
        Data.Train.Concat(Data.HeldOut).Select(e => DataSet.Normal(e.Question)).Distinct().Count());

    [Fact]
    public void Sentences_HeldOut_AreNeverTrained()
    {
        var trained = Data.Train.Where(e => e.Template.Length > 0).Select(e => (e.Language, e.Template)).ToHashSet();
        Assert.All(Data.HeldOut.Where(e => e.Stage != Stages.Domain), e => Assert.DoesNotContain((e.Language, e.Template), trained));
    }

    [Fact]
    public void Facts_HeldOut_AreNeverTrained()
    {
        foreach (var kind in Data.HeldOut.Where(e => e.Fact.Length > 0).GroupBy(e => e.Kind))
        {
            var trained = Data.Train.Where(e => e.Kind == kind.Key).Select(e => e.Fact).ToHashSet();
            Assert.NotEmpty(trained);
            Assert.All(kind, e => Assert.DoesNotContain(e.Fact, trained));
        }
    }

    [Fact]
    public void Adversarial_ItsShare_IsBetween15And20Percent() =>
        Assert.InRange(Data.Train.Count(e => e.Stage == Stages.Adversarial) / (double)Data.Train.Count, 0.15, 0.20);

    [Fact]
    public void Make_SameSeed_GivesTheSameData()
    {
        var again = DataSet.Make(LabCorpus.Stages, StageMix.Default, 200, 20, seed: 9);
        var other = DataSet.Make(LabCorpus.Stages, StageMix.Default, 200, 20, seed: 9);
        Assert.Equal(again.Train.Select(e => e.Question), other.Train.Select(e => e.Question));
        Assert.NotEqual(again.Train.Select(e => e.Question),
            DataSet.Make(LabCorpus.Stages, StageMix.Default, 200, 20, seed: 10).Train.Select(e => e.Question));
    }

    [Fact]
    public void Write_ThenRead_IsTheSame()
    {
        using var directory = new TemporaryDirectory();
        var file = Path.Combine(directory.Path, "train.jsonl");
        DataSet.Write(file, Data.Train.Take(50));
        var read = DataSet.Read(file);
        Assert.Equal(Data.Train.Take(50).Select(e => (e.Question, e.Answer, e.Stage, e.Kind, e.Template, e.Fact)),
            read.Select(e => (e.Question, e.Answer, e.Stage, e.Kind, e.Template, e.Fact)));
        Assert.Equal(Data.Train.Take(50).SelectMany(e => e.Facts), read.SelectMany(e => e.Facts));
    }

    [Fact]
    public void Card_OfTheData_NamesSharesKindsAndDuplicates()
    {
        var card = DataCard.Write(Data, StageMix.Default, 5);
        Assert.Contains("| adversarial | 17.0 %", card, StringComparison.Ordinal);
        Assert.Contains($"Duplicates: {Data.Duplicates} draws", card, StringComparison.Ordinal);
        Assert.All(Data.Train.Select(e => e.Kind).Distinct(), k => Assert.Contains($"| {k} |", card, StringComparison.Ordinal));
    }

    [Fact]
    public void Mix_WithoutAdversarial_KeepsTheOthersInProportion()
    {
        var mix = StageMix.Parse("0.2,0.4,0.2,0.2").WithoutAdversarial();
        Assert.Equal([0.25, 0.5, 0, 0.25], new[] { mix.Base, mix.Domain, mix.Adversarial, mix.Passages }.Select(v => Math.Round(v, 9)));
    }

    [Theory]
    [InlineData("1,2,3")]
    [InlineData("0,0,0,0")]
    [InlineData("a,1,1,1")]
    [InlineData("-1,1,1,1")]
    public void Mix_IsNotFourShares_IsRefused(string text) =>
        Assert.Contains(text, Assert.Throws<ArgumentException>(() => StageMix.Parse(text)).Message, StringComparison.Ordinal);
}

using EdgeAgent.Bundles;
using EdgeAgent.Knowledge.Storage;
using EdgeAgent.Platform;
using EdgeAgent.Updates;

namespace EdgeAgent.Tests.Updates;

/// <summary>A library of manuals travels as a student does: a broken one is refused and the one before answers on.</summary>
public sealed class LibraryUpdateTests : IDisposable
{
    private const string Question = "Chuck bolts M12 torque?";

    private readonly LibraryLab _lab = new();

    public void Dispose() => _lab.Dispose();

    private static Dictionary<string, string[]> Lathe(int torque) => new()
    {
        ["lathe.md"] = [$"Tighten the chuck bolts M12 to {torque} Nm.", "The lathe is cleaned every shift with a brush."]
    };

    private async Task ServeFirstAsync() =>
        Assert.Equal(UpdateState.Committed, (await _lab.RunAsync("u1", _lab.Library("one", 10, Lathe(85)))).State);

    [Fact]
    public async Task Run_TwoLibrariesInTurn_EachServesAndARestartKeepsTheLast()
    {
        await ServeFirstAsync();
        Assert.Contains("85 Nm", _lab.Answer(Question), StringComparison.Ordinal);
        var second = _lab.Library("two", 11, Lathe(90));
        var end = await _lab.RunAsync("u2", second);
        Assert.Equal((UpdateState.Committed, 11), (end.State, end.Release));
        Assert.Contains("90 Nm", _lab.Answer(Question), StringComparison.Ordinal);
        _lab.Reopen();
        Assert.Contains("90 Nm", _lab.Answer(Question), StringComparison.Ordinal);
        Assert.Equal(second.Id, _lab.Slots.Serving!.Bundle);
        var view = ModelView.Of(_lab.Slots, null);
        Assert.Equal((second.Id, "two", 11L), (view.Digest, view.Installed, view.Release));
    }

    /// <summary>Breaks a library that was signed broken, or after it was signed; the reason says which.</summary>
    [Theory]
    [InlineData("part-changed", UpdateReasons.SigInvalid)]
    [InlineData("signed-without-a-part", UpdateReasons.Incompatible)]
    [InlineData("signed-with-a-damaged-part", UpdateReasons.Incompatible)]
    [InlineData("signed-with-no-list", UpdateReasons.Incompatible)]
    [InlineData("golden-wrong", UpdateReasons.QualityGate)]
    [InlineData("golden-no-suite", UpdateReasons.Incompatible)]
    [InlineData("older", UpdateReasons.Downgrade)]
    public async Task Run_BrokenLibrary_IsRefusedAndTheOldOneAnswers(string kind, string reason)
    {
        await ServeFirstAsync();
        string Part(string directory) => Directory.GetFiles(Path.Combine(directory, LibraryDirectory.DocumentsName))[0];
        void Damage(string directory) => File.WriteAllText(Part(directory), File.ReadAllText(Part(directory)).Replace('9', '8'));
        Action<string>? change = kind switch
        {
            "signed-without-a-part" => d => File.Delete(Part(d)),
            "signed-with-a-damaged-part" => Damage,
            "signed-with-no-list" => d => File.WriteAllText(Path.Combine(d, LibraryDirectory.ManifestName), "{}"),
            "golden-wrong" => d => File.WriteAllText(Path.Combine(d, Bundle.GoldenFileName),
                """{"question":"Chuck bolts M12 torque?","kind":"code","language":"en","document":"lathe.md","facts":["85 Nm"]}"""),
            "golden-no-suite" => d => File.WriteAllText(Path.Combine(d, Bundle.GoldenFileName), "{"),
            _ => null,
        };
        var library = _lab.Library("two", kind == "older" ? 9 : 11, Lathe(90), change, kind == "part-changed" ? Damage : null);
        var end = await _lab.RunAsync("u2", library);
        Assert.Equal((UpdateState.Failed, reason), (end.State, end.Reason));
        Assert.False(string.IsNullOrEmpty(end.Detail));
        Assert.Contains("85 Nm", _lab.Answer(Question), StringComparison.Ordinal);
        _lab.Reopen();
        Assert.Contains("85 Nm", _lab.Answer(Question), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_GoldenQuestionsAnswered_IsTaken()
    {
        var end = await _lab.RunAsync("u1", _lab.Library("one", 10, Lathe(85), d => File.WriteAllText(
            Path.Combine(d, Bundle.GoldenFileName), """
            {"question":"Chuck bolts M12 torque?","kind":"code","language":"en","document":"lathe.md","facts":["85 Nm"]}
            {"question":"What does alarm SP-77 mean?","kind":"unanswerable","language":"en"}
            """)));
        Assert.Equal((UpdateState.Committed, 2, 2), (end.State, end.Gate!.Candidate.Golden, end.Gate.Candidate.GoldenRight));
    }

    /// <summary>One sentence of a large manual has changed: the device fetches the part around it and the lists.</summary>
    [Fact]
    public async Task Run_OneSentenceChanged_FetchesTheChangedPartOnly()
    {
        // sentences of a passage's length: each is a passage of its own
        static string Sentence(int i, int torque) => $"Step {i} tightens bolt M{i} to {torque} Nm. "
            + string.Concat(Enumerable.Range(0, 60).Select(n => $"Look {i * 60 + n} says more. "));
        Dictionary<string, string[]> Manual(int torque) => new()
        {
            ["lathe.md"] = [.. Enumerable.Range(0, 400).Select(i => Sentence(i, i == 200 ? torque : 10))],
            ["robot.md"] = [.. Enumerable.Range(500, 100).Select(i => Sentence(i, 5))],
        };
        await _lab.RunAsync("u1", _lab.Library("one", 10, Manual(10)));
        var library = _lab.Library("two", 11, Manual(99));
        var counted = new CountingSource(library.Directory);
        _lab.Source = () => counted;
        await _lab.Runner.CommandAsync("u2", new UpdateCommand { Bundle = library.Id });
        var end = await _lab.ContinueAsync("u2");
        Assert.Equal(UpdateState.Committed, end.State);
        Assert.True(counted.Chunks > 12, $"{counted.Chunks} chunks");
        Assert.InRange(counted.Given, 2, 4); // library.json, and the part, or the two that a new border makes of it
        Assert.Contains("99 Nm", _lab.Answer("M200 torque"), StringComparison.Ordinal);
    }

    /// <summary>One cut after each durable write: the device answers from a whole library, and the update goes on.</summary>
    [Fact]
    public async Task Run_PowerCutAfterEveryDurableWrite_AnswersAndFinishes()
    {
        var points = await CountPointsAsync();
        Assert.InRange(points, 20, 500);
        for (var point = 1; point <= points; point++)
        {
            using var lab = new LibraryLab();
            await lab.RunAsync("u1", lab.Library("one", 10, Lathe(85)));
            var second = lab.Library("two", 11, Lathe(90));
            try
            {
                CutAfter(point);
                await lab.RunAsync("u2", second);
                Assert.Fail($"point {point} was not reached");
            }
            catch (PowerCutException)
            {
                // as far as it got
            }
            finally
            {
                Durability.Observe(null);
            }
            lab.Reopen();
            Assert.Contains(lab.Slots.Serving!.Bundle == second.Id ? "90 Nm" : "85 Nm", lab.Answer(Question), StringComparison.Ordinal);
            // the broker has the command still
            if (lab.Journal.Find("u2") is null) await lab.Runner.CommandAsync("u2", new UpdateCommand { Bundle = second.Id });
            var end = await lab.ContinueAsync("u2");
            Assert.True(end.State == UpdateState.Committed, $"point {point}: {end.State} {end.Reason} {end.Detail}");
            Assert.Contains("90 Nm", lab.Answer(Question), StringComparison.Ordinal);
        }
    }

    private static async Task<int> CountPointsAsync()
    {
        using var lab = new LibraryLab();
        await lab.RunAsync("u1", lab.Library("one", 10, Lathe(85)));
        var second = lab.Library("two", 11, Lathe(90));
        var points = 0;
        Durability.Observe(_ => points++);
        Assert.Equal(UpdateState.Committed, (await lab.RunAsync("u2", second)).State);
        Durability.Observe(null);
        return points;
    }

    private static void CutAfter(int point)
    {
        var left = point;
        Durability.Observe(_ =>
        {
            if (--left == 0) throw new PowerCutException();
        });
    }

    private sealed class PowerCutException : Exception;
}

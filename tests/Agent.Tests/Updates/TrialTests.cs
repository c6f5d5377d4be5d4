using EdgeAgent.Inference.Decoders;
using EdgeAgent.Serving;
using EdgeAgent.Updates;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Tests.Updates;

/// <summary>Students that break only when they serve: real ones, on a real trial under load. The incumbent answers every query.</summary>
public sealed class TrialTests
{
    [Theory]
    [InlineData("loads-and-answers", "Committed", null)]
    [InlineData("gets-impossible-queries", "Committed", null)]
    [InlineData("crashes-at-load", "RolledBack", UpdateReasons.EngineBuildFailed)]
    [InlineData("crashes-at-first-query", "RolledBack", UpdateReasons.EngineBuildFailed)]
    [InlineData("crashes-at-10th-query", "RolledBack", UpdateReasons.QualityGate)]
    [InlineData("hangs-at-10th-query", "RolledBack", UpdateReasons.HealthTimeout)]
    public async Task Trial_StudentBreaks_IncumbentAnswersEveryQuery(string kind, string state, string? reason)
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var letGo = new ManualResetEventSlim();
        using var lab = new UpdateLab();
        var students = 0;
        var options = new StudentOptions
        {
            Decoder = new DecoderOptions { Rows = 2, Threads = 1, Spinning = false },
            Around = decoder =>
                Interlocked.Increment(ref students) == 1
                    ? decoder
                    : kind == "crashes-at-load" ? throw new InvalidOperationException("out of memory") : new Breaking(decoder, kind, letGo),
        };
        using var router = new StudentRouter(Student.Load(lab.Factory, options, TimeProvider.System, NullLogger.Instance),
            TimeProvider.System);
        lab.Options = lab.Options with { TrialSeconds = 60, TrialQueries = 30, AnswerSeconds = 1 };
        lab.RealHost = new TrialController(router, options, lab.Options.ToTrialLimits(), TimeProvider.System, NullLogger.Instance);
        lab.Reopen();
        var (directory, id) = lab.Bundle("v2");
        using var stop = new CancellationTokenSource();
        var (answered, failed, byTrial) = (0, 0, 0);
        var load = Task.Run(async () =>
        {
            for (var i = 0; !stop.IsCancellationRequested; i++)
            {
                try
                {
                    // a query no student can answer is no student's fault
                    if (kind == "gets-impossible-queries" && i % 3 == 0)
                        await Assert.ThrowsAsync<EdgeAgent.Inference.Engine.PromptTooLongException>(async () =>
                        {
                            await foreach (var _ in router.GetStreamingResponseAsync(
                                [new ChatMessage(ChatRole.User, string.Concat(Enumerable.Repeat("a b ", 5000)))], null,
                                CancellationToken.None)) { }
                        });
                    await foreach (var update in router.GetStreamingResponseAsync([new ChatMessage(ChatRole.User, "a b")],
                        new ChatOptions { MaxOutputTokens = 3 }, CancellationToken.None))
                        if (update.FinishReason is not null)
                        {
                            answered++;
                            if (update.AdditionalProperties?.TryGetValue(StudentContract.OnTrial, out bool isTrial) == true
                                && isTrial) byTrial++;
                        }
                }
                catch (Exception)
                {
                    failed++;
                }
                await Task.Delay(5, CancellationToken.None);
            }
        }, cancellation);
        lab.Source = directory;
        await lab.Runner.CommandAsync("u1", new UpdateCommand { Bundle = id, Canary = 0.5 });
        for (var step = 0; step < 2000 && lab.Journal.Find("u1") is { IsOver: false }; step++)
            if (await lab.Runner.StepAsync(cancellation) is { } wait && wait > TimeSpan.Zero)
                await Task.Delay(wait < TimeSpan.FromMilliseconds(50) ? wait : TimeSpan.FromMilliseconds(50), cancellation);
        var before = answered;
        for (var i = 0; i < 200 && answered < before + 5; i++) await Task.Delay(10, cancellation);
        await stop.CancelAsync();
        await load;
        letGo.Set();
        var update = lab.Journal.Find("u1")!;
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{kind}: {update.State} {update.Reason} ({update.Detail}); {answered} answered, {byTrial} of them by the student on trial, " +
            $"{failed} failed");
        Assert.Equal((state, reason), (update.State.ToString(), update.Reason));
        Assert.Equal(0, failed);
        Assert.True(answered >= before + 5, "nobody answers afterwards");
        Assert.Equal(state == "Committed" ? id : null, lab.Slots.Serving?.Bundle);
        Assert.Equal(state != "Committed", lab.Slots.IsQuarantined(id));
        Assert.Equal(kind.Contains("10th", StringComparison.Ordinal) || state == "Committed", byTrial > 0);
        Assert.Null(router.OnTrial);
    }

    /// <summary>Breaks or hangs at a query after it has answered its opening questions.</summary>
    private sealed class Breaking(IDecoder inner, string kind, ManualResetEventSlim letGo) : IDecoder
    {
        private const int OpeningQuestions = 3;
        private int _queries;

        public int Rows => inner.Rows;
        public int Context => inner.Context;
        public int Vocabulary => inner.Vocabulary;
        public int MaxChunk => inner.MaxChunk;
        public long CacheBytes => inner.CacheBytes;

        public ReadOnlySpan<float> Prefill(int row, ReadOnlySpan<int> ids, int start)
        {
            var query = ++_queries - OpeningQuestions;
            if (kind == "crashes-at-first-query" || kind == "crashes-at-10th-query" && query >= 10)
                throw new InvalidOperationException("broken");
            if (kind == "hangs-at-10th-query" && query >= 10) letGo.Wait();
            return inner.Prefill(row, ids, start);
        }

        public ReadOnlySpan<float> Decode(ReadOnlySpan<int> ids, ReadOnlySpan<int> positions) => inner.Decode(ids, positions);

        public void CopyRow(int from, int to, int length) => inner.CopyRow(from, to, length);

        public void Dispose()
        {
        }
    }

    [Theory]
    [InlineData(false, 1, null, null)]
    [InlineData(true, 0, null, "hot")]
    [InlineData(false, 2.5, null, "busy")]
    [InlineData(false, 0, 29.0, "battery")]
    [InlineData(false, 0, 31.0, null)]
    public void Admission_DeviceHasNothingToSpare_Waits(bool isHot, double busy, double? battery, string? detail)
    {
        var admission = DeviceAdmission.Judge(new DeviceCondition(isHot, busy, battery), new UpdateOptions());
        Assert.Equal(detail is null, admission.Reason is null);
        if (detail is not null) Assert.Contains(detail, admission.Detail, StringComparison.Ordinal);
    }

    /// <summary>A device that becomes busy in the middle of a download goes on later, with what it has.</summary>
    [Fact]
    public async Task Download_DeviceBecomesBusy_WaitsAndLosesNothing()
    {
        using var lab = new UpdateLab();
        var (directory, id) = lab.Bundle("v2");
        var asked = 0;
        lab.Admission = () =>
            ++asked > 12 && asked < 40
                ? DeviceAdmission.Judge(new DeviceCondition(false, 9, null), lab.Options) : EdgeAgent.Updates.Admission.Open;
        lab.Reopen();
        var waited = await lab.RunAsync("u1", directory, id);
        Assert.Equal((UpdateState.Downloading, UpdateReasons.ThermalDefer), (waited.State, waited.Reason));
        Assert.Contains("busy", waited.Detail, StringComparison.Ordinal);
        var present = Directory.GetFiles(lab.Slots.IncomingPath, "*", SearchOption.AllDirectories).Sum(f => new FileInfo(f).Length);
        Assert.True(present > 0);
        asked = 100;
        lab.Reopen();
        Assert.Equal(UpdateState.Committed, (await lab.ContinueAsync("u1")).State);
    }
}

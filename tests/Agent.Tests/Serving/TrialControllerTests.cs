using EdgeAgent.Inference.Decoders;
using EdgeAgent.Serving;
using EdgeAgent.Tests.Updates;
using EdgeAgent.Updates;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Tests.Serving;

/// <summary>Students that break only when they serve: real ones, on a real trial under load. The incumbent answers every query.</summary>
public sealed class TrialControllerTests
{
    [Theory]
    [InlineData("loads-and-answers", "Committed", null)]
    [InlineData("gets-impossible-queries", "Committed", null)]
    [InlineData("crashes-at-load", "RolledBack", UpdateReasons.EngineBuildFailed)]
    [InlineData("crashes-at-first-query", "RolledBack", UpdateReasons.EngineBuildFailed)]
    [InlineData("crashes-at-10th-query", "RolledBack", UpdateReasons.QualityGate)]
    [InlineData("hangs-at-10th-query", "RolledBack", UpdateReasons.HealthTimeout)]
    public async Task Update_StudentBreaks_IncumbentAnswersEveryQuery(string kind, string state, string? reason)
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
        // queries end the trial, not the time; an answer may take long on a busy machine, except where the hang is the subject
        var timeout = TimeSpan.FromSeconds(kind == "hangs-at-10th-query" ? 10 : 600);
        lab.Options = lab.Options with { TrialDuration = TimeSpan.FromDays(1), TrialQueries = 30, AnswerTimeout = timeout };
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
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(TimeSpan.FromMinutes(5));
        while (lab.Journal.Find("u1") is { IsOver: false })
            if (await lab.Runner.StepAsync(limit.Token) is { } wait && wait > TimeSpan.Zero)
                await Task.Delay(wait < TimeSpan.FromMilliseconds(50) ? wait : TimeSpan.FromMilliseconds(50), limit.Token);
        var before = answered;
        while (Volatile.Read(ref answered) < before + 5) await Task.Delay(10, limit.Token); // queries are answered afterwards too
        await stop.CancelAsync();
        await load;
        letGo.Set();
        var update = lab.Journal.Find("u1")!;
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{kind}: {update.State} {update.Reason} ({update.Detail}); {answered} answered, {byTrial} of them by the student on trial, " +
            $"{failed} failed");
        Assert.Equal((state, reason), (update.State.ToString(), update.Reason));
        Assert.Equal(0, failed);
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
}

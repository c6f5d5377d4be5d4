using System.Text;
using CsCheck;
using EdgeAgent.Inference.Decoders;
using EdgeAgent.Inference.Engine;
using EdgeAgent.Inference.Sampling;
using EdgeAgent.Inference.Tokenization;
using EdgeAgent.Tests.Bundles;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace EdgeAgent.Tests.Inference.Engine;

public sealed class DecodeEngineTests
{
    private static readonly Tokenizer Tokens = TokenizerFile.Parse("t", Encoding.UTF8.GetBytes(TinyStudent.TokenizerJson()));

    private static DecodeEngine Engine(IDecoder decoder, EngineOptions? options = null, params int[] eos) =>
        new(decoder, Tokens, eos, options ?? new EngineOptions(), TimeProvider.System, NullLogger.Instance);

    private static async Task<(List<int> Ids, string Text, FinishReason Finish, string? Error)> Collect(Generation generation)
    {
        var ids = new List<int>();
        var text = new StringBuilder();
        await foreach (var e in generation.Events.ReadAllAsync(TestContext.Current.CancellationToken))
        {
            if (e.Id >= 0) ids.Add(e.Id);
            text.Append(e.Text);
            if (e.Finish is { } finish) return (ids, text.ToString(), finish, e.Error);
        }
        throw new InvalidOperationException("ended without a finish");
    }

    [Fact]
    public async Task Submit_OneRequest_CountsUpToItsLimit()
    {
        using var engine = Engine(new ScriptedDecoder(2));
        var (ids, text, finish, _) = await Collect(engine.Submit(new GenerationRequest([64], new SamplingOptions { MaxTokens = 3 })));
        Assert.Equal([65, 66, 67], ids);
        Assert.Equal("ABC", text);
        Assert.Equal(FinishReason.Length, finish);
    }

    [Fact]
    public async Task Submit_EndToken_StopsWithoutShowingIt()
    {
        using var engine = Engine(new ScriptedDecoder(1), null, 67);
        var (ids, text, finish, _) = await Collect(engine.Submit(new GenerationRequest([64], new SamplingOptions { MaxTokens = 10 })));
        Assert.Equal([65, 66], ids);
        Assert.Equal("AB", text);
        Assert.Equal(FinishReason.Stop, finish);
        Assert.Equal(FinishReason.Length,
            (await Collect(engine.Submit(new GenerationRequest([64], new SamplingOptions { MaxTokens = 10, IgnoreEos = true })))).Finish);
    }

    /// <summary>Damaged weights give NaN for every token: the answer fails, and answers in other rows go on.</summary>
    [Theory]
    [InlineData(float.NaN, 0f)]
    [InlineData(float.PositiveInfinity, 0f)]
    [InlineData(float.NegativeInfinity, 0f)]
    [InlineData(float.NaN, 1f)]
    public async Task Submit_LogitsThatAreNoNumbers_FailThatAnswerAlone(float logit, float temperature)
    {
        using var engine = Engine(new ScriptedDecoder(2) { Unsound = (66, logit), TakesAnyToken = true });
        var other = engine.Submit(new GenerationRequest([100], new SamplingOptions { MaxTokens = 20 }));
        var (_, text, finish, error) = await Collect(engine.Submit(new GenerationRequest([64],
            new SamplingOptions { MaxTokens = 20, Temperature = temperature, TopK = 1 })));
        Assert.Equal(("AB", FinishReason.Failed), (text, finish));
        Assert.Contains("finite logits", error, StringComparison.Ordinal);
        Assert.Equal(FinishReason.Length, (await Collect(other)).Finish);
    }

    [Fact]
    public async Task Submit_StopString_EndsBeforeIt()
    {
        using var engine = Engine(new ScriptedDecoder(1));
        var (_, text, finish,
            _) = await Collect(engine.Submit(new GenerationRequest([64], new SamplingOptions { MaxTokens = 20, Stop = ["DE"] })));
        Assert.Equal("ABC", text);
        Assert.Equal(FinishReason.Stop, finish);
    }

    [Fact]
    public async Task Submit_AnswerWouldPassTheContext_IsCutAtTheContext()
    {
        using var engine = Engine(new ScriptedDecoder(1, context: 16));
        var (ids, _, finish,
            _) = await Collect(engine.Submit(new GenerationRequest([.. Enumerable.Range(0, 12)], new SamplingOptions { MaxTokens = 16 })));
        Assert.Equal(4, ids.Count);
        Assert.Equal(FinishReason.Length, finish);
        Assert.Equal(16,
            Assert.Throws<PromptTooLongException>(() =>
                engine.Submit(new GenerationRequest([.. Enumerable.Range(0, 16)], new SamplingOptions { MaxTokens = 1 }))).Tokens);
    }

    /// <summary>
    /// Requests of any length join and leave in any order; the scripted decoder fails when a row reads another row's cache.
    /// </summary>
    [Fact]
    public void Submit_RandomRequests_EachGetsItsOwnContinuation()
    {
        var request = Gen.Select(Gen.Int[0, 255], Gen.Int[1, 30], Gen.Int[1, 25], Gen.Bool);
        Gen.Select(Gen.Int[1, 5], request.Array[1, 24]).Sample((rows, requests) =>
        {
            using var engine = Engine(new ScriptedDecoder(rows), new EngineOptions { TokenBudget = 9 });
            var generations = requests.Select(r => (Request: r, Generation: engine.Submit(new GenerationRequest(
                [.. Enumerable.Range(0, r.Item2).Select(i => (r.Item1 + i) % 256)], new SamplingOptions { MaxTokens = r.Item3 }))))
                    .ToList();
            foreach (var (r, g) in generations.Where(g => g.Request.Item4)) g.Cancel();
            foreach (var (r, g) in generations)
            {
                var (ids, _, finish, error) = Collect(g).GetAwaiter().GetResult();
                Assert.Null(error);
                Assert.Equal(Enumerable.Range(0, ids.Count).Select(i => (r.Item1 + r.Item2 + i) % 256), ids);
                if (!r.Item4) Assert.Equal((FinishReason.Length, r.Item3), (finish, ids.Count));
            }
            var load = engine.Load;
            Assert.Equal((0, 0), (load.Waiting, load.QueuedPrefill));
        }, iter: Math.Min(Fuzzing.Cases, 2000), threads: 1);
    }

    [Fact]
    public async Task Submit_LongPromptWhileOthersDecode_DoesNotHoldThemUp()
    {
        var decoder = new ScriptedDecoder(2, context: 200, chunk: 8);
        using var engine = Engine(decoder, new EngineOptions { TokenBudget = 9 });
        var first = engine.Submit(new GenerationRequest([64], new SamplingOptions { MaxTokens = 40 }));
        var second = engine.Submit(new GenerationRequest([.. Enumerable.Range(0, 80)], new SamplingOptions { MaxTokens = 2 }));
        await Task.WhenAll(Collect(first), Collect(second));
        var kinds = decoder.Runs.Select(r => r.Kind).ToList();
        // no two prefill chunks in a row while a row decodes: decode comes first in every step
        for (var i = 2; i < 20; i++) Assert.False(kinds[i] == "prefill" && kinds[i - 1] == "prefill", $"runs {i - 1} and {i}");
    }

    /// <summary>A step whose budget is spent ends with free rows: the waiting requests must not need another submission.</summary>
    [Fact]
    public async Task Submit_BudgetSpentWhileOthersWait_AllAreServed()
    {
        var gate = new ManualResetEventSlim();
        using var engine = Engine(new ScriptedDecoder(2) { OnRun = (_, _) => gate.Wait() }, new EngineOptions { TokenBudget = 3 });
        var generations = Enumerable.Range(0, 8)
            .Select(i => engine.Submit(new GenerationRequest([1, 2, 3], new SamplingOptions { MaxTokens = 1 }))).ToList();
        gate.Set();
        foreach (var generation in generations)
            Assert.Equal(FinishReason.Length,
                (await Collect(generation).WaitAsync(Waiting.Limit, TestContext.Current.CancellationToken)).Finish);
    }

    /// <summary>A stall near the end of an answer, of any length, does not make the idle engine refuse what comes next.</summary>
    [Fact]
    public async Task Submit_AfterOneVerySlowStep_IsAdmitted()
    {
        var clock = new FakeTimeProvider();
        var isSlow = false;
        var decoder = new ScriptedDecoder(2) { OnRun = (_, _) => clock.Advance(TimeSpan.FromSeconds(isSlow ? 30 : 0.001)) };
        using var engine = new DecodeEngine(decoder, Tokens, [], new EngineOptions(), clock, NullLogger.Instance);
        GenerationRequest Request() => new([64], new SamplingOptions { MaxTokens = 10 },
            clock.GetTimestamp() + 5 * clock.TimestampFrequency);
        for (var i = 0; i < 5; i++) await Collect(engine.Submit(Request()));
        isSlow = true;
        await Collect(engine.Submit(Request() with { Sampling = new SamplingOptions { MaxTokens = 1 } }));
        await Collect(engine.Submit(Request() with { Sampling = new SamplingOptions { MaxTokens = 2 } }));
        isSlow = false;
        for (var i = 0; i < 20; i++)
        {
            var (first, second) = (engine.Submit(Request()), engine.Submit(Request())); // the second one finds the engine busy
            Assert.Equal(FinishReason.Length, (await Collect(first)).Finish);
            Assert.Equal(FinishReason.Length, (await Collect(second)).Finish);
        }
    }

    [Fact]
    public async Task Submit_EarlierDeadline_IsServedFirst()
    {
        var gate = new ManualResetEventSlim();
        var started = new TaskCompletionSource();
        var decoder = new ScriptedDecoder(1) { OnRun = (_, _) => { started.TrySetResult(); gate.Wait(); } };
        using var engine = Engine(decoder);
        var holding = engine.Submit(new GenerationRequest([1], new SamplingOptions { MaxTokens = 1 }));
        await started.Task;
        var now = TimeProvider.System.GetTimestamp();
        var late =
            engine.Submit(new GenerationRequest([2, 3], new SamplingOptions { MaxTokens = 2 },
                now + 600 * TimeProvider.System.TimestampFrequency));
        var soon =
            engine.Submit(new GenerationRequest([4, 5, 6], new SamplingOptions { MaxTokens = 2 },
                now + 300 * TimeProvider.System.TimestampFrequency));
        gate.Set();
        await Task.WhenAll(Collect(holding), Collect(late), Collect(soon));
        Assert.Equal([1, 3, 2], decoder.Runs.Where(r => r.Kind == "prefill").Select(r => r.Count)); // prompts by their length
    }

    [Fact]
    public async Task Submit_QueueFull_IsRefusedWithATimeAndWaitingOnesSurvive()
    {
        var gate = new ManualResetEventSlim();
        var started = new TaskCompletionSource();
        using var engine = Engine(new ScriptedDecoder(1)
        {
            OnRun = (_, _) =>
            {
                started.TrySetResult();
                gate.Wait();
            }
        }, new EngineOptions { MaxWaiting = 2 });
        List<Generation> taken = [engine.Submit(new GenerationRequest([1], new SamplingOptions { MaxTokens = 1 }))];
        await started.Task;
        for (var i = 0; i < 2; i++) taken.Add(engine.Submit(new GenerationRequest([1], new SamplingOptions { MaxTokens = 1 })));
        Assert.True(
            Assert.Throws<EngineBusyException>(() =>
                engine.Submit(new GenerationRequest([1], new SamplingOptions { MaxTokens = 1 }))).RetryAfter > TimeSpan.Zero);
        taken[2].Cancel(); // a cancelled request leaves the queue at once
        Assert.Equal(FinishReason.Cancelled, (await Collect(taken[2])).Finish);
        taken[2] = engine.Submit(new GenerationRequest([1], new SamplingOptions { MaxTokens = 1 }));
        gate.Set();
        foreach (var generation in taken) Assert.Equal(FinishReason.Length, (await Collect(generation)).Finish);
    }

    /// <summary>A client at its bound is told so; others are served as before.</summary>
    [Fact]
    public async Task Submit_ClientAtItsBound_IsRefusedByNameAndOthersAreNot()
    {
        var gate = new ManualResetEventSlim();
        using var engine = Engine(new ScriptedDecoder(1) { OnRun = (_, _) => gate.Wait() }, new EngineOptions { MaxPerClient = 3 });
        GenerationRequest Of(string client) => new([1], new SamplingOptions { MaxTokens = 1 }) { Client = client };
        List<Generation> taken = [.. Enumerable.Range(0, 3).Select(_ => engine.Submit(Of("chatty")))];
        var refusal = Assert.Throws<EngineBusyException>(() => engine.Submit(Of("chatty")));
        Assert.Equal("3 queries of this client wait or run already, the most allowed", refusal.Reason);
        taken.Add(engine.Submit(Of("quiet")));
        gate.Set();
        foreach (var generation in taken) Assert.Equal(FinishReason.Length, (await Collect(generation)).Finish);
        Assert.Equal(FinishReason.Length, (await Collect(engine.Submit(Of("chatty")))).Finish);
    }

    /// <summary>The queue is bounded by the memory of what waits.</summary>
    [Fact]
    public async Task Submit_PromptsBeyondTheBytes_AreRefused()
    {
        var gate = new ManualResetEventSlim();
        var started = new TaskCompletionSource();
        using var engine = Engine(new ScriptedDecoder(1)
        {
            OnRun = (_, _) =>
            {
                started.TrySetResult();
                gate.Wait();
            }
        }, new EngineOptions { MaxWaitingBytes = 2 * EngineOptions.WaitingBytes(8) });
        GenerationRequest Request() => new([.. Enumerable.Range(0, 8)], new SamplingOptions { MaxTokens = 1 });
        List<Generation> taken = [engine.Submit(Request())];
        await started.Task;
        taken.AddRange([engine.Submit(Request()), engine.Submit(Request())]);
        Assert.Equal(EngineBusyException.DeviceBusy, Assert.Throws<EngineBusyException>(() => engine.Submit(Request())).Reason);
        gate.Set();
        foreach (var generation in taken) Assert.Equal(FinishReason.Length, (await Collect(generation)).Finish);
        Assert.Equal(FinishReason.Length, (await Collect(engine.Submit(Request()))).Finish);
    }

    /// <summary>However slow its text is made, an answer runs at most one step past its stop string.</summary>
    [Fact]
    public async Task Submit_StopString_CostsAtMostOneStepMore()
    {
        for (var i = 0; i < 50; i++)
        {
            var decoder = new ScriptedDecoder(1);
            using var engine = Engine(decoder);
            await Collect(engine.Submit(new GenerationRequest([64], new SamplingOptions { MaxTokens = 40, Stop = ["E"] })));
            await Collect(engine.Submit(new GenerationRequest([64], new SamplingOptions { MaxTokens = 1 }))); // the first has left its row
            Assert.InRange(decoder.Runs.Count(r => r.Kind == "decode"), 4, 5); // A comes from the prompt, then B C D E
        }
    }

    /// <summary>Time outside the decoder is told apart from the time in it.</summary>
    [Fact]
    public async Task Times_Steps_CountTheDecodersPart()
    {
        var clock = new FakeTimeProvider();
        var decoder = new ScriptedDecoder(1) { OnRun = (_, _) => clock.Advance(TimeSpan.FromSeconds(0.5)) };
        using var engine = new DecodeEngine(decoder, Tokens, [], new EngineOptions(), clock, NullLogger.Instance);
        var before = engine.Times;
        await Collect(engine.Submit(new GenerationRequest([64], new SamplingOptions { MaxTokens = 4 })));
        await Waiting.ForAsync(() => (engine.Times - before).Seconds >= 2);
        var times = engine.Times - before;
        Assert.Equal((2.0, 2.0, 0.0), (times.Seconds, times.DecoderSeconds, times.OverheadShare));
    }

    [Fact]
    public async Task Step_Fails_EndsItsRowsWithTheReasonAndTheEngineGoesOn()
    {
        var decoder = new ScriptedDecoder(4);
        var fail = 1;
        decoder.OnRun = (kind, _) =>
        {
            if (kind == "decode" && Interlocked.Exchange(ref fail, 0) == 1)
                throw new InvalidOperationException("out of memory on the device");
        };
        using var engine = Engine(decoder);
        var (_, _, finish, error) = await Collect(engine.Submit(new GenerationRequest([64], new SamplingOptions { MaxTokens = 5 })));
        Assert.Equal((FinishReason.Failed, "out of memory on the device"), (finish, error));
        Assert.Equal(FinishReason.Length,
            (await Collect(engine.Submit(new GenerationRequest([64], new SamplingOptions { MaxTokens = 5 })))).Finish);
    }

    [Fact]
    public async Task Prefill_Fails_TakesOnlyItsOwnRow()
    {
        var decoder = new ScriptedDecoder(4);
        decoder.OnRun = (kind, count) =>
        {
            if (kind == "prefill" && count == 3) throw new InvalidOperationException("bad prompt");
        };
        using var engine = Engine(decoder);
        var healthy = engine.Submit(new GenerationRequest([64], new SamplingOptions { MaxTokens = 30 }));
        var broken = engine.Submit(new GenerationRequest([1, 2, 3], new SamplingOptions { MaxTokens = 30 }));
        Assert.Equal(FinishReason.Failed, (await Collect(broken)).Finish);
        Assert.Equal(FinishReason.Length, (await Collect(healthy)).Finish);
    }

    [Fact]
    public async Task Dispose_RunningAndWaiting_EndAsFailed()
    {
        var gate = new ManualResetEventSlim();
        var engine = Engine(new ScriptedDecoder(1) { OnRun = (_, _) => gate.Wait() });
        var running = engine.Submit(new GenerationRequest([1], new SamplingOptions { MaxTokens = 50 }));
        var waiting = engine.Submit(new GenerationRequest([2], new SamplingOptions { MaxTokens = 50 }));
        var disposing = Task.Run(engine.Dispose);
        while (!IsStopping()) await Task.Yield();
        gate.Set();
        await disposing;
        Assert.Equal(FinishReason.Failed, (await Collect(running)).Finish);
        Assert.Equal(FinishReason.Failed, (await Collect(waiting)).Finish);
        bool IsStopping()
        {
            try
            {
                engine.Submit(new GenerationRequest([3], new SamplingOptions { MaxTokens = 1 })).Cancel();
                return false;
            }
            catch (ObjectDisposedException)
            {
                return true;
            }
        }
        Assert.Throws<ObjectDisposedException>(() => engine.Submit(new GenerationRequest([1], new SamplingOptions { MaxTokens = 1 })));
    }

    /// <summary>An idle loop goes round when it is asked, and begins no step for it; one whose step hangs does not.</summary>
    [Fact]
    public async Task Ask_IdleOrHanging_OnlyALivingLoopGoesRound()
    {
        using var returns = new ManualResetEventSlim();
        var hangs = new TaskCompletionSource();
        var engine = Engine(new ScriptedDecoder(1)
        {
            OnRun = (_, _) =>
            {
                hangs.TrySetResult();
                returns.Wait();
            }
        });
        using (engine)
        {
            for (var question = 0; question < 3; question++)
            {
                var before = engine.Rounds;
                engine.Ask();
                await Waiting.ForAsync(() => engine.Rounds > before);
            }
            Assert.Equal(0, engine.Steps);
            var generation = engine.Submit(new GenerationRequest([64], new SamplingOptions { MaxTokens = 1 }));
            await hangs.Task.WaitAsync(Waiting.Limit, TestContext.Current.CancellationToken);
            var rounds = engine.Rounds;
            for (var question = 0; question < 20; question++) engine.Ask();
            Assert.Equal(rounds, engine.Rounds);
            returns.Set();
            await Collect(generation);
        }
        engine.Ask(); // disposed of: nothing to ask
    }
}

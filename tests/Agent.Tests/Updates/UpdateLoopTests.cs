using System.Security.Cryptography;
using System.Text.Json;
using EdgeAgent.Bundles;
using EdgeAgent.Bundles.Signing;
using EdgeAgent.Bundles.Slots;
using EdgeAgent.Platform;
using EdgeAgent.Serving;
using EdgeAgent.Updates;
using EdgeAgent.Updates.Sources;
using Microsoft.Extensions.Time.Testing;

namespace EdgeAgent.Tests.Updates;

public sealed class UpdateLoopTests : IDisposable
{
    private readonly UpdateLab _lab = new();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task Run_GoodBundle_GoesThroughEveryStateAndServes()
    {
        var (directory, id) = _lab.Bundle("v2");
        var end = await _lab.RunAsync("u1", directory, id);
        Assert.Equal((UpdateState.Committed, null), (end.State, end.Reason));
        Assert.Equal([UpdateState.Init, UpdateState.Scheduled, UpdateState.Downloading, UpdateState.Verifying, UpdateState.Staging,
            UpdateState.Trial, UpdateState.Committed], _lab.View.Shown.Select(r => r.State).Distinct());
        Assert.Equal(end.BytesTotal, end.BytesDone);
        Assert.Equal(new ServingPointer("a", id, 2), _lab.Slots.Serving);
        _lab.AssertServes();
        // the next goes to the other slot; what serves is not touched
        var (third, thirdId) = _lab.Bundle("v3", release: 3, seed: 3);
        Assert.Equal(UpdateState.Committed, (await _lab.RunAsync("u2", third, thirdId)).State);
        Assert.Equal("b", _lab.Slots.Serving!.Slot);
        Assert.Null(_lab.Slots.Trial);
        Assert.False(Directory.Exists(_lab.Slots.IncomingPath));
    }

    /// <summary>The power goes after each durable write in turn. N of N devices serve afterwards and finish.</summary>
    [Fact]
    public async Task Run_PowerCutAfterEveryDurableWrite_ServesAndFinishes()
    {
        var points = await CountPointsAsync();
        Assert.InRange(points, 60, 1000);
        var served = 0;
        for (var point = 1; point <= points; point++)
        {
            using var lab = new UpdateLab();
            // an update has gone before: the incumbent is in a slot
            var (first, firstId) = lab.Bundle("v2");
            Assert.Equal(UpdateState.Committed, (await lab.RunAsync("u0", first, firstId)).State);
            var (directory, id) = lab.Bundle("v3", release: 3, seed: 3);
            try
            {
                CutAfter(point);
                await lab.RunAsync("u1", directory, id);
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
            lab.AssertServes();
            // the broker has the command still
            if (lab.Journal.Find("u1") is null) await lab.Runner.CommandAsync("u1", new UpdateCommand { Bundle = id });
            var end = await lab.ContinueAsync("u1");
            Assert.True(end.State == UpdateState.Committed, $"point {point}: {end.State} {end.Reason} {end.Detail}");
            Assert.Equal(id, lab.Slots.Serving!.Bundle);
            lab.AssertServes();
            served++;
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"{served} of {points} points");
    }

    /// <summary>Two cuts in one update, at random points.</summary>
    [Fact]
    public async Task Run_TwoPowerCuts_ServesAndFinishes()
    {
        var points = await CountPointsAsync();
        var random = new Random(11);
        var rounds = Environment.GetEnvironmentVariable("EDGE_AGENT_FULL") is null ? 30 : 1000;
        for (var round = 0; round < rounds; round++)
        {
            using var lab = new UpdateLab();
            var (directory, id) = lab.Bundle("v2");
            lab.Source = directory;
            for (var cut = 0; cut < 2; cut++)
            {
                try
                {
                    CutAfter(1 + random.Next(points));
                    if (lab.Journal.Find("u1") is null) await lab.Runner.CommandAsync("u1", new UpdateCommand { Bundle = id });
                    await lab.ContinueAsync("u1");
                }
                catch (PowerCutException)
                {
                    // again
                }
                finally
                {
                    Durability.Observe(null);
                }
                lab.Reopen();
                lab.AssertServes();
            }
            if (lab.Journal.Find("u1") is null) await lab.Runner.CommandAsync("u1", new UpdateCommand { Bundle = id });
            Assert.Equal(UpdateState.Committed, (await lab.ContinueAsync("u1")).State);
            lab.AssertServes();
        }
    }

    private static async Task<int> CountPointsAsync()
    {
        using var lab = new UpdateLab();
        var (first, firstId) = lab.Bundle("v2");
        await lab.RunAsync("u0", first, firstId);
        var (directory, id) = lab.Bundle("v3", release: 3, seed: 3);
        var points = 0;
        Durability.Observe(_ => points++);
        Assert.Equal(UpdateState.Committed, (await lab.RunAsync("u1", directory, id)).State);
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

    /// <summary>After a cut in the download at most one chunk is fetched again.</summary>
    [Fact]
    public async Task Run_CutInTheDownload_FetchesAtMostOneChunkAgain()
    {
        var (directory, id) = _lab.Bundle("v2",
            change: d => File.WriteAllBytes(Path.Combine(d, "more.bin"), RandomNumberGenerator.GetBytes(40 * UpdateLab.Shard)));
        var counted = new CountingSource(directory);
        _lab.Sources = (_, _) => counted;
        try
        {
            CutAfter(60);
            await _lab.RunAsync("u1", directory, id);
            Assert.Fail("not reached");
        }
        catch (PowerCutException)
        {
            // as far as it got
        }
        finally
        {
            Durability.Observe(null);
        }
        var before = counted.Given;
        _lab.Reopen();
        Assert.Equal(UpdateState.Committed, (await _lab.ContinueAsync("u1")).State);
        Assert.InRange(before, 5, 40);
        Assert.InRange(counted.Given, counted.Chunks, counted.Chunks + 1);
    }

    /// <summary>Only what is new is fetched.</summary>
    [Fact]
    public async Task Run_SmallChange_FetchesOnlyItsChunks()
    {
        var same = RandomNumberGenerator.GetBytes(50 * UpdateLab.Shard);
        var (first, firstId) = _lab.Bundle("v2", change: d => File.WriteAllBytes(Path.Combine(d, "more.bin"), same));
        Assert.Equal(UpdateState.Committed, (await _lab.RunAsync("u1", first, firstId)).State);
        same[20 * UpdateLab.Shard] ^= 1;
        var (second, secondId) = _lab.Bundle("v3", release: 3, change: d => File.WriteAllBytes(Path.Combine(d, "other-name.bin"), same));
        var counted = new CountingSource(second);
        _lab.Sources = (_, _) => counted;
        Assert.Equal(UpdateState.Committed, (await _lab.RunAsync("u2", second, secondId)).State);
        Assert.InRange(counted.Given, 1, 3); // student.json and the changed shard
    }

    private sealed class CountingSource(string directory) : IChunkSource
    {
        private readonly DirectoryChunkSource _source = new(directory);

        public int Given { get; private set; }
        public int Chunks { get; private set; }

        public Task<byte[]> ManifestAsync(CancellationToken cancellationToken) => _source.ManifestAsync(cancellationToken);

        public async IAsyncEnumerable<(int Chunk, ReadOnlyMemory<byte> Content)> ChunksAsync(IncomingBundle incoming,
            [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            Chunks = incoming.Manifest!.Resources.Select(r => Convert.ToHexString(r.Digest)).Distinct().Count();
            await foreach (var chunk in _source.ChunksAsync(incoming, cancellationToken))
            {
                Given++;
                yield return chunk;
            }
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }

    /// <summary>Bundles that must never serve, with the reason each is refused for.</summary>
    public static TheoryData<string, string> Bad => new()
    {
        { "wrong-key", UpdateReasons.SigInvalid }, { "expired-key", UpdateReasons.SigInvalid }, { "no-keys", UpdateReasons.SigInvalid },
        { "signature-flipped", UpdateReasons.SigInvalid }, { "payload-flipped", UpdateReasons.SigInvalid },
        { "unsigned", UpdateReasons.SigInvalid },
        { "garbage-signature", UpdateReasons.SigInvalid }, { "whole-files", UpdateReasons.SigInvalid },
        { "path-traversal", UpdateReasons.SigInvalid }, { "symlink", UpdateReasons.SigInvalid },
        { "flip-weights", UpdateReasons.SigInvalid }, { "flip-tokenizer", UpdateReasons.SigInvalid },
        { "flip-template", UpdateReasons.SigInvalid }, { "flip-manifest", UpdateReasons.SigInvalid },
        { "truncated", UpdateReasons.SigInvalid }, { "swapped", UpdateReasons.SigInvalid }, { "missing-file", UpdateReasons.SigInvalid },
        { "downgrade", UpdateReasons.Downgrade }, { "min-agent", UpdateReasons.Incompatible },
        { "no-manifest", UpdateReasons.Incompatible }, { "broken-manifest", UpdateReasons.Incompatible },
        { "weights-of-another", UpdateReasons.Incompatible }, { "no-weights", UpdateReasons.Incompatible },
        { "too-large", UpdateReasons.NoSpace }, { "no-space", UpdateReasons.NoSpace },
        { "golden-wrong", UpdateReasons.QualityGate }, { "leaks", UpdateReasons.QualityGate }, { "loops", UpdateReasons.QualityGate },
        { "three-times-slower", UpdateReasons.QualityGate }, { "crashes-at-load", UpdateReasons.EngineBuildFailed },
        { "probe-hangs", UpdateReasons.HealthTimeout },
        { "fails-queries", UpdateReasons.QualityGate }, { "hangs-in-trial", UpdateReasons.HealthTimeout },
        { "crashes-in-trial", UpdateReasons.HealthTimeout }, { "cannot-load-in-trial", UpdateReasons.EngineBuildFailed },
        { "no-answer-at-commit", UpdateReasons.HealthTimeout },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task Run_BadBundle_IsRefusedWithItsReasonAndTheIncumbentServes(string kind, string reason)
    {
        var (incumbent, incumbentId) = _lab.Bundle("v2", release: 5);
        Assert.Equal(UpdateState.Committed, (await _lab.RunAsync("u0", incumbent, incumbentId)).State);
        var end = await SpoiledAsync(kind);
        Assert.Equal(reason, end.Reason);
        Assert.Equal(kind is "fails-queries" or "hangs-in-trial" or "crashes-in-trial" or "cannot-load-in-trial" or "no-answer-at-commit"
            ? UpdateState.RolledBack : UpdateState.Failed, end.State);
        Assert.False(string.IsNullOrEmpty(end.Detail));
        Assert.Equal(incumbentId, _lab.Slots.Serving!.Bundle);
        _lab.AssertServes();
        Assert.Null(_lab.Slots.Trial);
        Assert.False(Directory.Exists(_lab.Slots.IncomingPath));
        if (end.State != UpdateState.RolledBack) return;
        // a bundle that failed its trial is not tried again
        Assert.True(_lab.Slots.IsQuarantined(end.Command.Bundle));
        _lab.Host.OnStart = _lab.Host.OnPromote = null;
        _lab.Host.Next = TrialVerdict.Healthy;
        Assert.Equal(UpdateState.Failed, (await _lab.RunAsync("again", _lab.Source, end.Command.Bundle)).State);
    }

    private async Task<UpdateRecord> SpoiledAsync(string kind)
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Action<string>? change = null, after = null;
        var (key, release, id) = (_lab.Key, 6L, (string?)null);
        long? shard = UpdateLab.Shard;
        string In(string directory, string name) => Path.Combine(directory, name);
        void Flip(string directory, string name, int at = 100)
        {
            var bytes = File.ReadAllBytes(In(directory, name));
            bytes[at] ^= 4;
            File.WriteAllBytes(In(directory, name), bytes);
        }
        void Resign(string directory, Func<string, string> rewrite)
        {
            // a statement no honest signer makes, with a good signature
            var bundle = SignatureBundle.Load(In(directory, Bundle.SignatureFileName));
            var payload = System.Text.Encoding.UTF8.GetBytes(rewrite(System.Text.Encoding.UTF8.GetString(bundle.Payload)));
            var signature = _lab.Key.SignData(SignatureBundle.PreAuthenticationEncoding(bundle.PayloadType, payload),
                HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
            File.WriteAllText(In(directory, Bundle.SignatureFileName),
                $$$"""{"mediaType":"{{{SignatureBundle.MediaType}}}","verificationMaterial":{"publicKey":{"hint":"x"},"tlogEntries":[]},"dsseEnvelope":{"payload":"{{{Convert.ToBase64String(payload)}}}","payloadType":"{{{SignatureBundle.StatementType}}}","signatures":[{"sig":"{{{Convert.ToBase64String(signature)}}}","keyid":""}]}}""");
        }
        switch (kind)
        {
            case "wrong-key": key = other; break;
            case "expired-key":
                File.WriteAllText(In(_lab.KeysPath, "test.pem"), $"Not-After: 2020-01-01\n{_lab.Key.ExportSubjectPublicKeyInfoPem()}");
                break;
            case "no-keys": File.Delete(In(_lab.KeysPath, "test.pem")); break;
            case "signature-flipped":
                after = d =>
                    File.WriteAllText(In(d, Bundle.SignatureFileName),
                        File.ReadAllText(In(d, Bundle.SignatureFileName))
                            .Replace("\"sig\":\"ME", "\"sig\":\"MF", StringComparison.Ordinal)); break;
            case "payload-flipped": after = d => Flip(d, Bundle.SignatureFileName, 400); break;
            case "unsigned": after = d => File.WriteAllText(In(d, Bundle.SignatureFileName), "{}"); break;
            case "garbage-signature":
                after = d => File.WriteAllBytes(In(d, Bundle.SignatureFileName), RandomNumberGenerator.GetBytes(500));
                break;
            case "whole-files": shard = null; break;
            case "path-traversal":
                after = d => Resign(d, p => p.Replace("chat_template.jinja:", "../../escape.jinja:", StringComparison.Ordinal)); break;
            case "symlink":
                change = d => File.WriteAllText(In(d, "notes.txt"), "new"); after = d =>
                {
                    File.Move(In(d, "notes.txt"), d + ".outside", overwrite: true);
                    File.CreateSymbolicLink(In(d, "notes.txt"), d + ".outside");
                };
                break;
            // the incumbent's files hold most chunks: these are of a file that is new
            case "flip-weights":
                change = d => File.WriteAllBytes(In(d, "more.bin"), RandomNumberGenerator.GetBytes(9000));
                after = d => Flip(d, "more.bin", 5000); break;
            case "flip-tokenizer":
                change = d => File.AppendAllText(In(d, "tokenizer.json"), "\n");
                after = d => Flip(d, "tokenizer.json", (int)new FileInfo(In(d, "tokenizer.json")).Length - 2); break;
            case "flip-template":
                change = d => File.AppendAllText(In(d, "chat_template.jinja"), " ");
                after = d => Flip(d, "chat_template.jinja", 3); break;
            case "flip-manifest": after = d => Flip(d, StudentManifest.FileName); break;
            case "truncated":
                change = d => File.WriteAllBytes(In(d, "more.bin"), RandomNumberGenerator.GetBytes(9000)); after = d =>
                {
                    using var f = File.OpenWrite(In(d, "more.bin")); f.SetLength(8500);
                }; break;
            case "swapped":
                change = d => File.WriteAllBytes(In(d, "more.bin"), RandomNumberGenerator.GetBytes(2 * UpdateLab.Shard));
                after = d =>
                {
                    var b = File.ReadAllBytes(In(d, "more.bin"));
                    File.WriteAllBytes(In(d, "more.bin"), [.. b[UpdateLab.Shard..], .. b[..UpdateLab.Shard]]);
                }; break;
            case "missing-file":
                change = d => File.WriteAllBytes(In(d, "more.bin"), RandomNumberGenerator.GetBytes(100));
                after = d => File.Delete(In(d, "more.bin")); break;
            case "downgrade": release = 4; break;
            case "min-agent": change = d => Edit(d, m => m with { MinAgent = "99.0.0" }); break;
            case "no-manifest": change = d => File.Delete(In(d, StudentManifest.FileName)); break;
            case "broken-manifest": change = d => File.WriteAllText(In(d, StudentManifest.FileName), "{\"release\":9"); break;
            case "weights-of-another": change = d => Edit(d, m => m with { Architecture = m.Architecture with { Layers = 3 } }); break;
            case "no-weights": change = d => File.Delete(In(d, "weights.safetensors")); break;
            case "too-large": _lab.Options = _lab.Options with { MaxBundleBytes = 1000 }; break;
            case "no-space": _lab.Options = _lab.Options with { SpaceMarginBytes = 1L << 40 }; break;
            case "golden-wrong": _lab.Probe.Candidate = _lab.Probe.Candidate with { GoldenRight = 6 }; break;
            case "leaks": _lab.Probe.Candidate = _lab.Probe.Candidate with { Leaks = 1 }; break;
            case "loops": _lab.Probe.Candidate = _lab.Probe.Candidate with { Loops = 2 }; break;
            case "three-times-slower": _lab.Probe.Candidate = _lab.Probe.Candidate with { TokensPerSecond = 33 }; break;
            case "crashes-at-load": _lab.Probe.Candidate = new ProbeReport { Failure = "the probe ended with code 139" }; break;
            case "probe-hangs":
                _lab.Probe.Candidate = new ProbeReport { Failure = $"{UpdateReasons.HealthTimeout}: the probe did not end" }; break;
        }
        _lab.Reopen(); // with the options of this case
        switch (kind)
        {
            case "fails-queries": _lab.Host.Next = TrialVerdict.Failing; break;
            case "hangs-in-trial": _lab.Host.Next = TrialVerdict.Hanging; break;
            case "crashes-in-trial": _lab.Host.OnStart = new ProcessGoneException(); break;
            case "cannot-load-in-trial": _lab.Host.OnStart = new InvalidOperationException("no"); break;
            case "no-answer-at-commit": _lab.Host.OnPromote = new TimeoutException("no answer"); break;
        }
        var (directory, made) = _lab.Bundle("bad", release, seed: 9, change, after, key, shard);
        id ??= made;
        if (kind != "crashes-in-trial") return await _lab.RunAsync("bad", directory, id);
        // the process goes with every start: three lives, then it is given up
        _lab.Source = directory;
        await _lab.Runner.CommandAsync("bad", new UpdateCommand { Bundle = id });
        for (var life = 0; life < 6 && _lab.Journal.Find("bad") is { IsOver: false }; life++)
        {
            try
            {
                while (_lab.Journal.Find("bad") is { IsOver: false }) await StepOrDieAsync();
            }
            catch (ProcessGoneException)
            {
                _lab.Reopen();
                _lab.AssertServes();
                _lab.Host.OnStart = new ProcessGoneException();
            }
        }
        Assert.Equal(0, _lab.Host.Starts); // the last life did not start it again
        return _lab.Journal.Find("bad")!;
    }

    private static void Edit(string directory, Func<StudentManifest, StudentManifest> change) =>
        change(StudentManifest.Load(directory)).Save(directory);

    private async Task StepOrDieAsync()
    {
        try
        {
            await _lab.Runner.StepAsync(TestContext.Current.CancellationToken);
        }
        catch (OperationCanceledException e)
        {
            throw new ProcessGoneException(e);
        }
    }

    /// <summary>Stands for the end of the process: nothing in it gets to say anything more.</summary>
    private sealed class ProcessGoneException(Exception? inner = null) : OperationCanceledException("gone", inner);

    [Fact]
    public async Task Run_SignedPermission_AllowsADowngrade()
    {
        var (first, firstId) = _lab.Bundle("v5", release: 5);
        await _lab.RunAsync("u0", first, firstId);
        var (old, oldId) = _lab.Bundle("v4", release: 4, seed: 4);
        JsonElement Permission(string bundle, ECDsa key) =>
            JsonDocument.Parse(SignedStatement.Sign(SignedStatement.PermissionType, $$"""{"bundle":"{{bundle}}","release":4}""",
                key)).RootElement;
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Assert.Equal(UpdateReasons.SigInvalid,
            (await _lab.RunAsync("u1", old, oldId, c => c with { Permission = Permission(oldId, other) })).Reason);
        Assert.Equal(UpdateReasons.Downgrade,
            (await _lab.RunAsync("u2", old, oldId, c => c with { Permission = Permission(firstId, _lab.Key) })).Reason);
        Assert.Equal(UpdateState.Committed,
            (await _lab.RunAsync("u3", old, oldId, c => c with { Permission = Permission(oldId, _lab.Key) })).State);
        Assert.Equal(4, _lab.Slots.Serving!.Release);
    }

    [Fact]
    public async Task Command_Repeated_IsOneUpdate()
    {
        var (directory, id) = _lab.Bundle("v2");
        Assert.Equal(UpdateState.Committed, (await _lab.RunAsync("u1", directory, id)).State);
        var shown = _lab.View.Shown.Count;
        _lab.Reopen();
        Assert.Equal(UpdateState.Committed, (await _lab.RunAsync("u1", directory, id)).State);
        Assert.Equal(shown + 1, _lab.View.Shown.Count); // shown again, not done again
    }

    [Fact]
    public async Task Command_Newer_SupersedesAndWithdrawnEnds()
    {
        _lab.Admission = () => new Admission(UpdateReasons.ThermalDefer);
        var (first, firstId) = _lab.Bundle("v2");
        Assert.Equal((UpdateState.Scheduled, UpdateReasons.ThermalDefer),
            ((await _lab.RunAsync("u1", first, firstId)).State, _lab.Journal.Find("u1")!.Reason));
        var (second, secondId) = _lab.Bundle("v3", release: 3, seed: 3);
        _lab.Source = second;
        await _lab.Runner.CommandAsync("u2", new UpdateCommand { Bundle = secondId });
        await _lab.Runner.StepAsync(TestContext.Current.CancellationToken);
        Assert.Equal((UpdateState.Cancelled, UpdateReasons.Superseded), (_lab.Journal.Find("u1")!.State, _lab.Journal.Find("u1")!.Reason));
        _lab.Runner.Withdraw("u2");
        var end = await _lab.ContinueAsync("u2");
        Assert.Equal((UpdateState.Cancelled, UpdateReasons.Cancelled), (end.State, end.Reason));
        _lab.Admission = () => Admission.Open;
        Assert.Equal(UpdateState.Committed, (await _lab.RunAsync("u3", second, secondId)).State);
    }

    [Theory]
    [InlineData("")]
    [InlineData("xyz")]
    [InlineData("ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789ABCDEF0123456789")]
    public async Task Command_Nonsense_FailsAndIsSaid(string bundle)
    {
        await _lab.Runner.CommandAsync("u1", new UpdateCommand { Bundle = bundle });
        Assert.Equal((UpdateState.Failed, UpdateReasons.Incompatible), (_lab.Journal.Find("u1")!.State, _lab.Journal.Find("u1")!.Reason));
    }

    [Fact]
    public async Task Run_WindowClosed_WaitsWithoutLosingWhatIsThere()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2026, 5, 4, 12, 0, 0, TimeSpan.Zero));
        clock.SetLocalTimeZone(TimeZoneInfo.Utc);
        _lab.Clock = clock;
        _lab.Reopen();
        var (directory, id) = _lab.Bundle("v2");
        var waiting = await _lab.RunAsync("u1", directory, id, c => c with { Window = "22:00-05:00" });
        Assert.Equal((UpdateState.Scheduled, UpdateReasons.WindowClosed), (waiting.State, waiting.Reason));
        Assert.Equal(TimeSpan.FromHours(10), await _lab.Runner.StepAsync(TestContext.Current.CancellationToken));
        clock.SetUtcNow(new DateTimeOffset(2026, 5, 5, 1, 0, 0, TimeSpan.Zero));
        Assert.Equal(UpdateState.Committed, (await _lab.ContinueAsync("u1")).State);
    }

    [Fact]
    public async Task KeyRing_SignedStatement_RotatesKeys()
    {
        using ECDsa next = ECDsa.Create(ECCurve.NamedCurves.nistP256), stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        JsonElement Statement(ECDsa by, int serial) =>
            JsonDocument.Parse(SignedStatement.Sign(SignedStatement.KeysType,
                JsonSerializer.Serialize(new
                {
                    serial,
                    add = new[] { next.ExportSubjectPublicKeyInfoPem() },
                    remove = new[] { SigningKeys.Hint(_lab.Key) }
                }), by)).RootElement;
        Assert.Throws<VerificationException>(() => _lab.Keys.Rotate(Statement(stranger, 1)));
        _lab.Keys.Rotate(Statement(_lab.Key, 1));
        Assert.Throws<VerificationException>(() => _lab.Keys.Rotate(Statement(_lab.Key, 2))); // the old key has gone
        Assert.Throws<VerificationException>(() => _lab.Keys.Rotate(Statement(next, 1))); // a serial counts once
        var (old, oldId) = _lab.Bundle("v2");
        Assert.Equal(UpdateReasons.SigInvalid, (await _lab.RunAsync("u1", old, oldId)).Reason);
        var (fresh, freshId) = _lab.Bundle("v3", key: next);
        Assert.Equal(UpdateState.Committed, (await _lab.RunAsync("u2", fresh, freshId)).State);
    }
}

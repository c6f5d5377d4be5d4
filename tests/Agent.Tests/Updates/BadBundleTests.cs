using System.Security.Cryptography;
using EdgeAgent.Bundles;
using EdgeAgent.Bundles.Signing;
using EdgeAgent.Serving;
using EdgeAgent.Updates;

namespace EdgeAgent.Tests.Updates;

/// <summary>Bundles that must never serve, from the first byte of the signature to the last query of the trial.</summary>
public sealed class BadBundleTests : IDisposable
{
    private readonly UpdateLab _lab = new();

    public void Dispose() => _lab.Dispose();

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
    public async Task Run_BadBundle_IsRefusedAndTheIncumbentServes(string kind, string reason)
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
                $$$"""
                {"mediaType":"{{{SignatureBundle.MediaType}}}",
                "verificationMaterial":{"publicKey":{"hint":"x"},"tlogEntries":[]},
                "dsseEnvelope":{"payload":"{{{Convert.ToBase64String(payload)}}}","payloadType":"{{{SignatureBundle.StatementType}}}",
                "signatures":[{"sig":"{{{Convert.ToBase64String(signature)}}}","keyid":""}]}}
                """);
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
}

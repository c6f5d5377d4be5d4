using System.Text.Json;
using EdgeAgent.Bundles;
using EdgeAgent.Inference;
using EdgeAgent.Inference.ChatTemplates;
using EdgeAgent.Inference.Decoders;
using EdgeAgent.Inference.Decoders.Prepared;
using EdgeAgent.Inference.Engine;
using EdgeAgent.Inference.Structured;
using EdgeAgent.Inference.Tokenization;
using EdgeAgent.Platform;
using Microsoft.Extensions.Logging;

namespace EdgeAgent.Serving;

/// <summary>What a student is loaded with.</summary>
internal sealed record StudentOptions
{
    public IReadOnlyList<ExecutionProvider> Providers { get; init; } = ExecutionProviders.DefaultPreference;
    public ExecutionProvider? Require { get; init; }
    public DecoderOptions Decoder { get; init; } = new();
    public EngineOptions Engine { get; init; } = new();

    /// <summary>Time one way to build engines may take.</summary>
    public TimeSpan EngineBuildTimeout { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Memory a build of engines may take, MB; 0: most of what is free.</summary>
    public double EngineBuildMegabytes { get; init; }

    /// <summary>Where prefixes that several clients share are kept over a restart; null keeps none.</summary>
    public string? PrefixDirectory { get; init; }

    /// <summary>Bytes of a student's file there.</summary>
    public long PrefixFileBytes { get; init; }

    /// <summary>Wraps the decoder, to inject faults in tests; null leaves it as it is.</summary>
    public Func<IDecoder, IDecoder>? Around { get; init; }
}

/// <summary>A served student: weights, tokenizer, template, decoder and engine. Owns them all.</summary>
internal sealed class Student : IDisposable
{
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(10);

    private readonly OpenModel _model;
    private readonly IDecoder _decoder;
    private readonly Dictionary<string, object?> _templateVariables;
    private readonly ThinkTags? _thinkTags; // null: not a reasoning student
    private readonly PrefixStore _prefixes;

    private sealed record Parts(OpenModel Model, IDecoder Decoder, StudentText Text, DecodeEngine Engine, PrefixStore Prefixes);

    private Student(Parts parts, ExecutionProviderChoice provider, string digest, TimeSpan loadTime)
    {
        (_model, _decoder, var text, Engine, _prefixes) = parts;
        (Tokenizer, Template, Provider, LoadTime) = (text.Tokenizer, text.Template, provider, loadTime);
        var (model, decoder) = (_model, _decoder);
        _templateVariables = StudentText.Variables(model.Directory);
        Digest = digest;
        Grammars = new Grammars(Tokenizer, decoder.Vocabulary, model.Manifest.EosIds);
        if (Tokenizer.IdOf(Tokenizer.ThinkOpen) is { } opening && Tokenizer.IdOf(Tokenizer.ThinkClose) is { } closing
            && Template.Mentions("think"))
            _thinkTags = new ThinkTags(opening, closing, Tokenizer.Encode($"\n{Tokenizer.ThinkClose}\n\n", addSpecial: false));
    }

    public StudentManifest Manifest => _model.Manifest;
    public string Directory => _model.Directory;
    public Tokenizer Tokenizer { get; }
    public ChatTemplate Template { get; }
    public DecodeEngine Engine { get; }

    /// <summary>Compiled forms of answers over this student's vocabulary.</summary>
    public Grammars Grammars { get; }
    public ExecutionProviderChoice Provider { get; }
    public TimeSpan LoadTime { get; }
    public int Rows => _decoder.Rows;
    public int Context => _decoder.Context;
    public int Vocabulary => _decoder.Vocabulary;
    public long CacheBytes => _decoder.CacheBytes;

    /// <summary>Opens the model, chooses a provider that has a form for it, then loads decoder, text and engine.</summary>
    /// <param name="directory">A bundle, or a foreign ONNX decoder (served on one row).</param>
    /// <param name="decoders">Null takes every form of this version and the ONNX Runtime library of this process.</param>
    /// <exception cref="ModelFileException">The model cannot be used.</exception>
    /// <exception cref="ExecutionProviderException">The required execution provider, or every preferred one, is unavailable.</exception>
    public static Student Load(string directory, StudentOptions options, TimeProvider clock, ILogger logger,
        DecoderFactory? decoders = null)
    {
        var start = clock.GetTimestamp();
        var model = OpenModel.Open(directory);
        IDecoder? decoder = null;
        try
        {
            (var provider, decoder) =
                (decoders ?? DecoderFactory.Default).Create(model, options.Providers, options.Require, options.Decoder);
            var digest = DigestOf(model.Directory);
            var text = StudentText.Load(model.Directory, model.Manifest.Architecture.Vocabulary, model.Foreign is not null, clock);
            var engine = new DecodeEngine(options.Around?.Invoke(decoder) ?? decoder, text.Tokenizer, model.Manifest.EosIds, options.Engine,
                clock, logger, IdentityOf(model, digest));
            var prefixes = new PrefixStore(engine.Prefixes, options.PrefixDirectory, options.PrefixFileBytes, logger);
            _ = prefixes.LoadAsync();
            return new Student(new Parts(model, decoder, text, engine, prefixes), provider, digest, clock.GetElapsedTime(start));
        }
        catch
        {
            decoder?.Dispose();
            model.Dispose();
            throw;
        }
    }

    /// <summary>A conversation through the chat template: text and ids. Special tokens spelled in a message stay plain text.</summary>
    public (string Text, int[] Ids) Prompt(IReadOnlyList<ChatTurn> turns) => Encode(Render(turns, _templateVariables));

    /// <summary>
    /// A conversation's prompt and, for a reasoning student, the budget of its think block: with 0 tokens the prompt ends behind
    /// an empty block. Null for other students.
    /// </summary>
    /// <param name="tools">List of tools for the template; null for none.</param>
    /// <exception cref="ArgumentException">There are tools, and the template takes none.</exception>
    public (int[] Ids, ThinkBudget? Think) Prompt(IReadOnlyList<ChatTurn> turns, int thinkTokens, JsonElement? tools = null)
    {
        var variables = new Dictionary<string, object?>(_templateVariables, StringComparer.Ordinal);
        if (tools is { } list)
        {
            if (!Template.Mentions("tools")) throw new ArgumentException("tools: the student's chat template takes none");
            variables["tools"] = Values.FromJson(list, Tokenizer.Neutralize);
        }
        if (_thinkTags is null) return (Encode(Render(turns, variables)).Ids, null);
        variables["enable_thinking"] = thinkTokens > 0;
        var text = Render(turns, variables);
        var lastClose = text.LastIndexOf(Tokenizer.ThinkClose, StringComparison.Ordinal);
        var open = text.LastIndexOf(Tokenizer.ThinkOpen, StringComparison.Ordinal) > lastClose;
        if (thinkTokens == 0 && open) (text, open) = (text.TrimEnd('\n') + $"\n\n{Tokenizer.ThinkClose}\n\n", false);
        else if (thinkTokens == 0 && (lastClose < 0 || text.AsSpan(lastClose + Tokenizer.ThinkClose.Length).Trim().Length > 0))
            text += $"{Tokenizer.ThinkOpen}\n\n{Tokenizer.ThinkClose}\n\n";
        return (Encode(text).Ids, new ThinkBudget(_thinkTags, thinkTokens, open));
    }

    private string Render(IReadOnlyList<ChatTurn> turns, Dictionary<string, object?> variables) =>
        Template.Render([.. turns.Select(t => t with { Content = Tokenizer.Neutralize(t.Content) })], addGenerationPrompt: true, variables);

    private (string Text, int[] Ids) Encode(string text)
    {
        var ids = Tokenizer.Encode(text, addSpecial: false);
        // the templates of llama2.c and some exports leave the begin token to the tokenizer
        if (ids.Length == 0 || Tokenizer.Encode("", addSpecial: true) is { Length: > 0 } prefix && !ids.AsSpan().StartsWith(prefix))
            ids = Tokenizer.Encode(text, addSpecial: true);
        return (text.Replace(Tokenizer.SpecialBreaker.ToString(), "", StringComparison.Ordinal), ids);
    }

    /// <summary>Identifies the bundle's content: a hash of its signature, or of its manifest when it is not signed.</summary>
    public string Digest { get; }

    private static string DigestOf(string directory)
    {
        var path = new[] { "model.sig", StudentManifest.FileName }.Select(f => Path.Combine(directory, f)).FirstOrDefault(File.Exists);
        return path is null ? "" : Convert.ToHexStringLower(System.IO.Hashing.XxHash128.Hash(File.ReadAllBytes(path)));
    }

    /// <summary>Identifies the weights: the digest, and the file, since a bundle need not be signed. Empty for a foreign model.</summary>
    private static string IdentityOf(OpenModel model, string digest) =>
        model.Bundle is { } bundle ? $"{digest} {PreparedKey.IdentityOf(bundle.Weights)}" : "";

    /// <summary>
    /// Gives up a student whose step hangs: its answers end as failed at once. Its memory is freed if the step ever returns.
    /// </summary>
    public void Abandon(string why) => Engine.Stop(why, TimeSpan.Zero, Free);

    /// <summary>Ends running answers as failed. Waits at most ten seconds for a step that hangs.</summary>
    public void Dispose() => Engine.Stop("the engine is stopping", StopTimeout, () =>
    {
        _prefixes.Save();
        Free();
    });

    private void Free()
    {
        _decoder.Dispose();
        _model.Dispose();
    }
}

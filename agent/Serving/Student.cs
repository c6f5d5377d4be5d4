using EdgeAgent.Bundles;
using EdgeAgent.Inference;
using EdgeAgent.Inference.ChatTemplates;
using EdgeAgent.Inference.Decoders;
using EdgeAgent.Inference.Engine;
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

    /// <summary>Put around the decoder, for faults in tests; null: nothing.</summary>
    public Func<IDecoder, IDecoder>? Around { get; init; }
}

/// <summary>A served student: weights, tokenizer, template, decoder and engine. Owns them all.</summary>
internal sealed class Student : IDisposable
{
    private readonly LoadedModel _model;
    private readonly Dictionary<string, object?> _templateVariables;
    private readonly ThinkTags? _thinkTags; // null: no reasoning student

    private Student(LoadedModel model, StudentText text, DecodeEngine engine, ExecutionProviderChoice provider, TimeSpan loadTime)
    {
        _model = model;
        (Tokenizer, Template, Engine, Provider, LoadTime) = (text.Tokenizer, text.Template, engine, provider, loadTime);
        _templateVariables = StudentText.Variables(model.Directory);
        Digest = DigestOf(model.Directory);
        if (Tokenizer.IdOf(Tokenizer.ThinkOpen) is { } opening && Tokenizer.IdOf(Tokenizer.ThinkClose) is { } closing
            && Template.Mentions("think"))
            _thinkTags = new ThinkTags(opening, closing, Tokenizer.Encode($"\n{Tokenizer.ThinkClose}\n\n", addSpecial: false));
    }

    public StudentManifest Manifest => _model.Manifest;
    public string Directory => _model.Directory;
    public Tokenizer Tokenizer { get; }
    public ChatTemplate Template { get; }
    public DecodeEngine Engine { get; }
    public ExecutionProviderChoice Provider { get; }
    public TimeSpan LoadTime { get; }
    public int Rows => _model.Decoder.Rows;
    public int Context => _model.Decoder.Context;
    public int Vocabulary => _model.Decoder.Vocabulary;
    public long CacheBytes => _model.Decoder.CacheBytes;

    /// <param name="directory">A bundle, or a foreign ONNX decoder (served on one row).</param>
    /// <exception cref="ModelFileException">The model cannot be used.</exception>
    /// <exception cref="ExecutionProviderException">The required execution provider is missing.</exception>
    public static Student Load(string directory, StudentOptions options, TimeProvider clock, ILogger logger,
        IExecutionProviderCatalog? catalog = null)
    {
        var start = clock.GetTimestamp();
        var provider = ExecutionProviders.Choose(options.Providers, options.Require, catalog ?? new OnnxRuntimeCatalog());
        var model = LoadedModel.Open(directory, options.Decoder);
        try
        {
            var text = StudentText.Load(model.Directory, model.Manifest.Architecture.Vocabulary, model.IsForeign, clock);
            var engine = new DecodeEngine(options.Around?.Invoke(model.Decoder) ?? model.Decoder, text.Tokenizer, model.Manifest.EosIds,
                options.Engine, clock, logger);
            return new Student(model, text, engine, provider, clock.GetElapsedTime(start));
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>The prompt of a conversation as the template has it: text and ids. What users wrote cannot spell special tokens.</summary>
    public (string Text, int[] Ids) Prompt(IReadOnlyList<ChatTurn> turns) => Encode(Render(turns, _templateVariables));

    /// <summary>
    /// The prompt of a conversation and, for a reasoning student, what it may think: with 0 tokens its think block is already
    /// closed and empty. Other students have none.
    /// </summary>
    public (int[] Ids, ThinkBudget? Think) Prompt(IReadOnlyList<ChatTurn> turns, int thinkTokens)
    {
        if (_thinkTags is null) return (Prompt(turns).Ids, null);
        var text = Render(turns,
            new Dictionary<string, object?>(_templateVariables, StringComparer.Ordinal) { ["enable_thinking"] = thinkTokens > 0 });
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
        // llama2.c and some exports leave the begin token to the tokenizer
        if (ids.Length == 0 || Tokenizer.Encode("", addSpecial: true) is { Length: > 0 } prefix && !ids.AsSpan().StartsWith(prefix))
            ids = Tokenizer.Encode(text, addSpecial: true);
        return (text.Replace(Tokenizer.SpecialBreaker.ToString(), "", StringComparison.Ordinal), ids);
    }

    /// <summary>Names the bundle and all that is in it: a hash of its signature, or where it has none of its description.</summary>
    public string Digest { get; }

    private static string DigestOf(string directory)
    {
        var path = new[] { "model.sig", StudentManifest.FileName }.Select(f => Path.Combine(directory, f)).FirstOrDefault(File.Exists);
        return path is null ? "" : Convert.ToHexStringLower(System.IO.Hashing.XxHash128.Hash(File.ReadAllBytes(path)));
    }

    /// <summary>
    /// Gives up a student that hangs: its answers end as failed at once, and its memory is free should its step ever come back.
    /// </summary>
    public void Abandon(string why) => Engine.Stop(why, TimeSpan.Zero, _model.Dispose);

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(10);

    /// <summary>Ends running answers as failed. A step that hangs is not waited for longer than ten seconds.</summary>
    public void Dispose() => Engine.Stop("the engine is stopping", Timeout, _model.Dispose);
}

using System.Text.Json;
using EdgeAgent.Inference.Engine;
using EdgeAgent.Inference.Templates;
using EdgeAgent.Inference.Tokens;
using EdgeAgent.Models;
using Microsoft.Extensions.Logging;

namespace EdgeAgent.Inference;

/// <summary>What a student is loaded with.</summary>
public sealed record StudentOptions
{
    public IReadOnlyList<ExecutionProvider> Providers { get; init; } = ExecutionProviders.DefaultPreference;
    public ExecutionProvider? Require { get; init; }
    public DecoderOptions Decoder { get; init; } = new();
    public EngineOptions Engine { get; init; } = new();
}

/// <summary>A served student: bundle, tokenizer, template, decoder and engine. Owns them all.</summary>
public sealed class Student : IDisposable
{
    private readonly Bundle _bundle;
    private readonly OnnxDecoder _decoder;
    private readonly Dictionary<string, object?> _templateVariables;

    private Student(Bundle bundle, Tokenizer tokenizer, ChatTemplate template, OnnxDecoder decoder, DecodeEngine engine, ExecutionProviderChoice provider, TimeSpan loadTime)
    {
        _bundle = bundle;
        _decoder = decoder;
        (Tokenizer, Template, Engine, Provider, LoadTime) = (tokenizer, template, engine, provider, loadTime);
        _templateVariables = ReadTemplateVariables(bundle.Directory);
    }

    public StudentManifest Manifest => _bundle.Manifest;
    public string Directory => _bundle.Directory;
    public Tokenizer Tokenizer { get; }
    public ChatTemplate Template { get; }
    public DecodeEngine Engine { get; }
    public ExecutionProviderChoice Provider { get; }
    public TimeSpan LoadTime { get; }
    public int Rows => _decoder.Rows;
    public int Context => _decoder.Context;
    public long CacheBytes => _decoder.CacheBytes;

    /// <exception cref="ModelFileException">The bundle cannot be used.</exception>
    /// <exception cref="ExecutionProviderException">The required execution provider is missing.</exception>
    public static Student Load(string directory, StudentOptions options, TimeProvider clock, ILogger logger, IExecutionProviderCatalog? catalog = null)
    {
        var start = clock.GetTimestamp();
        var provider = ExecutionProviders.Choose(options.Providers, options.Require, catalog ?? new OnnxRuntimeCatalog());
        var bundle = Bundle.Open(directory);
        OnnxDecoder? decoder = null;
        try
        {
            var (tokenizer, template) = LoadText(bundle, clock);
            decoder = new OnnxDecoder(bundle, options.Decoder);
            var engine = new DecodeEngine(decoder, tokenizer, bundle.Manifest.EosIds, options.Engine, clock, logger);
            return new Student(bundle, tokenizer, template, decoder, engine, provider, clock.GetElapsedTime(start));
        }
        catch
        {
            decoder?.Dispose();
            bundle.Dispose();
            throw;
        }
    }

    /// <summary>The tokenizer and chat template of a bundle, checked against its manifest.</summary>
    public static (Tokenizer Tokenizer, ChatTemplate Template) LoadText(Bundle bundle, TimeProvider clock)
    {
        var tokenizerPath = Path.Combine(bundle.Directory, Bundle.TokenizerFileName);
        var tokenizer = TokenizerFile.Load(tokenizerPath);
        if (tokenizer.Size > bundle.Manifest.Architecture.Vocabulary)
            throw new ModelFileException(tokenizerPath, $"token ids below the student's vocabulary of {bundle.Manifest.Architecture.Vocabulary}", $"{tokenizer.Size} ids");
        var templatePath = Path.Combine(bundle.Directory, Bundle.ChatTemplateFileName);
        try
        {
            return (tokenizer, new ChatTemplate(File.ReadAllText(templatePath), clock));
        }
        catch (TemplateException e)
        {
            throw new ModelFileException(templatePath, "a chat template this agent can render", e.Message, e);
        }
    }

    /// <summary>The prompt of a conversation: text and ids. What users wrote cannot spell special tokens.</summary>
    public (string Text, int[] Ids) Prompt(IReadOnlyList<ChatTurn> turns)
    {
        var safe = turns.Select(t => t with { Content = Tokenizer.Neutralize(t.Content) }).ToList();
        var text = Template.Render(safe, addGenerationPrompt: true, _templateVariables);
        var ids = Tokenizer.Encode(text, addSpecial: false);
        // llama2.c and some exports leave the begin token to the tokenizer
        if (ids.Length == 0 || Tokenizer.Encode("", addSpecial: true) is { Length: > 0 } prefix && !ids.AsSpan().StartsWith(prefix)) ids = Tokenizer.Encode(text, addSpecial: true);
        return (text.Replace(Tokenizer.SpecialBreaker.ToString(), "", StringComparison.Ordinal), ids);
    }

    private static Dictionary<string, object?> ReadTemplateVariables(string directory)
    {
        var variables = new Dictionary<string, object?>(StringComparer.Ordinal) { ["bos_token"] = "", ["eos_token"] = "" };
        var path = Path.Combine(directory, Bundle.TokenizerConfigFileName);
        if (!File.Exists(path)) return variables;
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(path));
            foreach (var name in new[] { "bos_token", "eos_token", "pad_token", "unk_token" })
            {
                if (!document.RootElement.TryGetProperty(name, out var token)) continue;
                if (token.ValueKind == JsonValueKind.Object && token.TryGetProperty("content", out var content)) token = content;
                if (token.ValueKind == JsonValueKind.String) variables[name] = token.GetString();
            }
        }
        catch (JsonException e)
        {
            throw new ModelFileException(path, "a JSON object", e.Message, e);
        }
        return variables;
    }

    public void Dispose()
    {
        Engine.Dispose();
        _decoder.Dispose();
        _bundle.Dispose();
    }
}

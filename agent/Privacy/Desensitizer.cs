using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using EdgeAgent.Platform;
using EdgeAgent.Privacy.Entities;
using EdgeAgent.Privacy.Patterns;
using EdgeAgent.Privacy.Placeholders;

namespace EdgeAgent.Privacy;

/// <summary>A finding and what stands in its place.</summary>
internal sealed record ScrubbedSpan(Finding Finding, string Replacement);

/// <summary>
/// Finds personal and secret data in text and replaces it. Safe for concurrent use; time is linear in the text's length.
/// </summary>
internal sealed class Desensitizer
{
    /// <summary>Most stars in place of a masked value.</summary>
    private const int MaxStars = 8;

    private static readonly long Seed = Identifiers.Seed();

    private readonly PrivacyOptions _options;
    private readonly List<IRecognizer> _recognizers;
    private readonly HashSet<string> _allowed;
    private readonly CueSearch _cues;
    private readonly PrivacyKey? _key;
    private readonly Lazy<Desensitizer> _patternsOnly;

    /// <param name="entities">Names, places and organisations; null for patterns alone.</param>
    /// <param name="key">Needed where an action is hash or encrypt.</param>
    public Desensitizer(PrivacyOptions options, EntityRecognizer? entities, PrivacyKey? key = null)
    {
        (_options, _key) = (options, key);
        _allowed = options.Allow.ToHashSet(StringComparer.OrdinalIgnoreCase);
        _recognizers = options.Enabled ? [.. WithoutModels(options)] : [];
        if (entities is not null) _recognizers.Add(entities);
        _cues = new CueSearch(_recognizers);
        _patternsOnly = new Lazy<Desensitizer>(() => entities is null ? this : new Desensitizer(options, null, key));
    }

    public PrivacyOptions Options => _options;

    /// <summary>
    /// Makes one with the entity models beside the binary, unless the options switch them off. Finds nothing where privacy as a
    /// whole is switched off.
    /// </summary>
    /// <exception cref="InvalidDataException">The key file or a model cannot be used.</exception>
    public static Desensitizer Create(PrivacyOptions options) =>
        new(options,
            options.Enabled && options.Entities
                ? EntityRecognizer.Load(Path.Combine(AppContext.BaseDirectory, "models", "entities")) : null,
            options.KeyFile.Length > 0 ? PrivacyKey.Load(options.KeyFile) : null);

    /// <summary>The same without the entity models: for answers, which may well name places and companies.</summary>
    public Desensitizer PatternsOnly => _patternsOnly.Value;

    /// <summary>Whether anything could be found at all: a quick look at the recognizers' cues that may say yes in vain, never no.</summary>
    public bool CouldFind(ReadOnlySpan<char> text) => _options.Enabled && _cues.CouldFind(text);

    /// <summary>Findings in order, without overlaps.</summary>
    public IReadOnlyList<Finding> Find(string text)
    {
        var normalized = NormalizedText.Of(text);
        var findings = new List<Finding>();
        foreach (var recognizer in _recognizers) recognizer.Find(normalized, findings);
        if (_allowed.Count > 0) findings.RemoveAll(f => _allowed.Contains(text[f.Start..f.End]));
        return SpanResolver.Resolve(text, findings);
    }

    /// <summary>Scrubs a text that stands alone: its placeholders cannot be restored.</summary>
    public Scrubbed Scrub(string text)
    {
        using var conversation = new Conversation();
        return Scrub(text, conversation).Text;
    }

    /// <summary>Replaces what is found, and says what stands where. Values go into the conversation.</summary>
    /// <exception cref="InvalidOperationException">The conversation is full.</exception>
    public (Scrubbed Text, IReadOnlyList<ScrubbedSpan> Spans) Scrub(string text, Conversation conversation)
    {
        ArgumentNullException.ThrowIfNull(text);
        var spans = new List<ScrubbedSpan>();
        StringBuilder result = new(text.Length + 16), literal = new(), matching = new();
        var at = 0;
        foreach (var finding in Find(text))
        {
            var value = text[finding.Start..finding.End];
            var action = _options.ActionOf(finding.Type);
            if (action == PrivacyAction.Keep) continue;
            literal.Append(text, at, finding.Start - at);
            matching.Append(text, at, finding.Start - at).Append(' ').Append(Word(finding.Type, value)).Append(' ');
            at = finding.End;
            var replacement = action switch
            {
                PrivacyAction.Replace => conversation.Placeholder(finding.Type, value),
                PrivacyAction.Mask => new string('*', Math.Min(value.Length, MaxStars)),
                PrivacyAction.Hash => _key!.Pseudonym(finding.Type, value),
                PrivacyAction.Encrypt => Encrypted(finding.Type, value, conversation),
                _ => "",
            };
            spans.Add(new ScrubbedSpan(finding, replacement));
            if (!replacement.StartsWith('<'))
            {
                literal.Append(replacement);
                continue;
            }
            Flush();
            result.Append(replacement);
        }
        literal.Append(text, at, text.Length - at);
        Flush();
        return (new Scrubbed(result.ToString(), spans.Count == 0 ? null : matching.Append(text, at, text.Length - at).ToString()), spans);

        void Flush()
        {
            Placeholder.AppendEscaped(result, literal.ToString());
            literal.Clear();
        }
    }

    private string Encrypted(string type, string value, Conversation conversation)
    {
        var placeholder = conversation.Placeholder(type, value);
        if (_key!.FormatPreserving.Encrypt(value, type) is not { } encrypted) return placeholder;
        conversation.StandsFor(encrypted, placeholder);
        return encrypted;
    }

    /// <summary>One word of letters and digits for a value, by a hash with this process's own seed.</summary>
    private static string Word(string type, string value) =>
        $"{type.Replace("_", "", StringComparison.Ordinal)}0{XxHash128.HashToUInt128(MemoryMarshal.AsBytes(value.AsSpan()), Seed):x32}";

    private static IEnumerable<IRecognizer> WithoutModels(PrivacyOptions options) =>
    [
        .. BuiltinRecognizers.All.Where(r => !options.Disabled.Contains(r.Name)),
        .. options.Recognizers.Select(r => new PatternRecognizer(r.Name, r.Type, r.Pattern)
        {
            Score = r.Score,
            Context = r.Context,
            Check = r.Check.Length > 0 ? Checks.ByName[r.Check] : null,
        }),
        .. from denied in options.Deny
           let values = denied.Value.Where(v => v.Length > 0).ToList()
           where values.Count > 0
           select new DenyListRecognizer(denied.Key, values),
    ];
}

using System.Buffers;
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

/// <summary>Finds personal and secret data and takes it out. Safe for concurrent use; time is linear in the text.</summary>
internal sealed class Desensitizer
{
    private readonly PrivacyOptions _options;
    private readonly List<PatternRecognizer> _recognizers;
    private readonly HashSet<string> _allowed;
    private readonly List<(string Type, SearchValues<string> Any, IReadOnlyList<string> Values)> _denied;

    private readonly EntityRecognizer? _entities;
    private readonly PrivacyKey? _key;

    /// <param name="entities">Names, places and organisations; null for patterns alone.</param>
    /// <param name="key">Needed where an action is hash or encrypt.</param>
    public Desensitizer(PrivacyOptions options, EntityRecognizer? entities, PrivacyKey? key = null)
    {
        (_options, _entities, _key) = (options, entities, key);
        _allowed = options.Allow.ToHashSet(StringComparer.OrdinalIgnoreCase);
        _denied = [.. options.Deny.Where(d => options.Enabled && d.Value.Count > 0)
            .Select(d =>
                (d.Key, SearchValues.Create([.. d.Value], StringComparison.OrdinalIgnoreCase),
                    (IReadOnlyList<string>)[.. d.Value.OrderByDescending(v => v.Length)]))];
        _recognizers = !options.Enabled ? [] :
        [
            .. BuiltinRecognizers.All.Where(r => !options.Disabled.Contains(r.Name)),
            .. options.Recognizers.Select(r =>
                new PatternRecognizer(r.Name, r.Type, r.Pattern) { Score = r.Score, Context = r.Context,
                    Check = r.Check.Length > 0 ? Checks.ByName[r.Check] : null }),
        ];
    }

    public PrivacyOptions Options => _options;

    /// <summary>
    /// With the entity models beside the binary, unless the options switch them off; finds nothing where privacy is switched off
    /// as a whole.
    /// </summary>
    /// <exception cref="InvalidDataException">The key file or a model cannot be used.</exception>
    public static Desensitizer Create(PrivacyOptions options) =>
        new(options,
            options.Enabled && options.Entities
                ? EntityRecognizer.Load(Path.Combine(AppContext.BaseDirectory, "models", "entities")) : null,
            options.KeyFile.Length > 0 ? PrivacyKey.Load(options.KeyFile) : null);

    /// <summary>The same without the entity models: for answers, which may well name places and companies.</summary>
    public Desensitizer PatternsOnly => _entities is null ? this : _patternsOnly ??= new Desensitizer(_options, null, _key);

    private Desensitizer? _patternsOnly;

    /// <summary>
    /// Whether the patterns could find anything at all: a quick look that may say yes in vain, never no. Every built-in shape has
    /// a digit, an at sign, or a word that must stand near it.
    /// </summary>
    public bool CouldFind(ReadOnlySpan<char> text) =>
        _options.Enabled
        && (_entities is not null || _denied.Count > 0 || _options.Recognizers.Count > 0 || text.ContainsAny(Telling)
            || text.ContainsAnyExcept(PlainText) || WordsOfIds.In(text));

    private static readonly SearchValues<char> Telling = SearchValues.Create("0123456789@:");
    private static readonly SearchValues<char> PlainText = SearchValues.Create([.. Enumerable.Range(' ', 95).Select(c => (char)c), '\n',
        '\t', .. Enumerable.Range(0x4e00, 0x9fff - 0x4e00 + 1).Select(c => (char)c), .. "，。；：？！、（）“”‘’《》—…℃°"]);
    private static readonly WordSearch WordsOfIds = new(["微信", "wechat", "weixin", "密码", "password", "token", "secret", "密钥", "令牌",
        "api key", "api_key", "apikey", "BEGIN", "eyJ", "ghp_", "gho_", "ghu_", "ghs_", "ghr_", "sk-", "xox", "AIza", "glpat-", "AKIA",
        "ASIA", "LTAI"]);

    /// <summary>What is found, in order, without overlaps.</summary>
    public IReadOnlyList<Finding> Find(string text)
    {
        var normalized = NormalizedText.Of(text);
        var findings = new List<Finding>();
        foreach (var recognizer in _recognizers) recognizer.Find(normalized, findings);
        foreach (var (type, any, values) in _denied) FindDenied(normalized, type, any, values, findings);
        _entities?.Find(normalized, findings);
        if (_allowed.Count > 0) findings.RemoveAll(f => _allowed.Contains(text[f.Start..f.End]));
        return SpanResolver.Resolve(findings);
    }

    /// <summary>A text that stands alone.</summary>
    public Scrubbed Scrub(string text)
    {
        using var conversation = new Conversation();
        return Scrub(text, conversation).Text;
    }

    /// <summary>The text without what was found, and what stands where. Values go into the conversation.</summary>
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
                PrivacyAction.Mask => new string('*', Math.Min(value.Length, 8)),
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

    private static readonly long Seed = Identifiers.Seed();

    /// <summary>One word of letters and digits for a value, by a hash with this process's own seed.</summary>
    private static string Word(string type, string value) =>
        $"{type.Replace("_", "", StringComparison.Ordinal)}0{XxHash128.HashToUInt128(MemoryMarshal.AsBytes(value.AsSpan()), Seed):x32}";

    private static void FindDenied(NormalizedText text, string type, SearchValues<string> any, IReadOnlyList<string> values,
        List<Finding> findings)
    {
        var s = text.Text;
        for (var from = 0; from < s.Length;)
        {
            var found = s.AsSpan(from).IndexOfAny(any);
            if (found < 0) return;
            var start = from + found;
            var value = values.First(v => s.AsSpan(start).StartsWith(v, StringComparison.OrdinalIgnoreCase));
            findings.Add(new Finding(text.Start(start), text.End(start + value.Length), type, 1, "deny-list", Validated: true));
            from = start + value.Length;
        }
    }
}

using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using EdgeAgent.Privacy.Placeholders;
using EdgeAgent.Privacy.Streaming;

namespace EdgeAgent.Privacy;

/// <summary>Opens one <see cref="PrivacyExchange"/> a query. Holds the conversations; safe for concurrent use.</summary>
internal sealed class PrivacyExchanges(Desensitizer desensitizer, TimeProvider clock) : IDisposable
{
    private readonly Conversations _conversations = new(desensitizer.Options.Conversations,
        desensitizer.Options.ConversationLifetime, clock);

    /// <param name="channel">The asker's own way back: decides what is restored, and keeps its conversations apart from others'.</param>
    /// <param name="conversation">Name of the conversation; null: placeholders live as long as the exchange.</param>
    public PrivacyExchange Open(string channel, string? conversation) =>
        new(desensitizer, _conversations.Open(conversation is null ? null : $"{channel}\n{conversation}"), channel);

    public void Dispose() => _conversations.Dispose();
}

/// <summary>
/// Desensitizes one query and filters its answer: the question goes in through <see cref="Scrub(IEnumerable{string})"/>, what the
/// student writes comes out through <see cref="Text"/> and <see cref="Reasoning"/>. For one query; not safe for concurrent use.
/// </summary>
internal sealed class PrivacyExchange : IDisposable
{
    private readonly Desensitizer _desensitizer;
    private readonly Conversations.Lease _lease;
    private readonly SortedDictionary<string, int> _counts = new(StringComparer.Ordinal);

    internal PrivacyExchange(Desensitizer desensitizer, Conversations.Lease lease, string channel)
    {
        (_desensitizer, _lease) = (desensitizer, lease);
        Text = Filter(channel);
        Reasoning = Filter(channel);
    }

    /// <summary>Entities taken out so far, by type.</summary>
    public IReadOnlyDictionary<string, int> Counts => _counts;

    /// <summary>Whether the asker's values are put back into a JSON string, where quotation marks and others need escapes.</summary>
    public bool IsJson { get; set; }

    /// <summary>The way out of the answer's text.</summary>
    public RestoringFilter Text { get; }

    /// <summary>The way out of the think block.</summary>
    public RestoringFilter Reasoning { get; }

    /// <summary>The texts with placeholders, numbered over all of them.</summary>
    public IReadOnlyList<Scrubbed> Scrub(IEnumerable<string> texts) => [.. texts.Select(Scrub)];

    /// <summary>What the student wrote, free of what the patterns find: with placeholders, as it may be stored.</summary>
    public Scrubbed Written() => _desensitizer.PatternsOnly.Scrub(Text.Written);

    private Scrubbed Scrub(string text)
    {
        var (scrubbed, spans) = _desensitizer.Scrub(text, _lease.Conversation);
        foreach (var span in spans) _counts[span.Finding.Type] = _counts.GetValueOrDefault(span.Finding.Type) + 1;
        return scrubbed;
    }

    private RestoringFilter Filter(string channel) => new(new OutputFilter(_desensitizer.PatternsOnly, _lease.Conversation),
        new Restorer(placeholder => _desensitizer.Options.MayRestore(channel, Placeholder.TypeOf(placeholder))
            && _lease.Conversation.Value(placeholder) is { } value ? IsJson ? Escape(value) : value : null));

    private static string Escape(string value) => JsonEncodedText.Encode(value, JavaScriptEncoder.UnsafeRelaxedJsonEscaping).ToString();

    public void Dispose() => _lease.Dispose();
}

/// <summary>
/// First what the student wrote is filtered, then the asker's own values are put back, so that only values of its own question are
/// shown in the clear.
/// </summary>
internal sealed class RestoringFilter(OutputFilter filter, Restorer restorer)
{
    private readonly StringBuilder _written = new(), _filtered = new();

    /// <summary>All that came in, unfiltered. Never to be kept or sent.</summary>
    internal string Written => _written.ToString();

    /// <summary>Whether the filter has changed what the student wrote. Known at the end.</summary>
    public bool HasHidden => !_written.Equals(_filtered);

    /// <summary>The text that can be shown now.</summary>
    public string Add(string piece)
    {
        _written.Append(piece);
        return Restored(filter.Add(piece));
    }

    /// <summary>The rest.</summary>
    public string Finish() => Restored(filter.Finish()) + restorer.Finish();

    private string Restored(string filtered)
    {
        _filtered.Append(filtered);
        return restorer.Add(filtered);
    }
}

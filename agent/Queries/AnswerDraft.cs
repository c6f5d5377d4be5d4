using System.Text;
using EdgeAgent.Platform;
using EdgeAgent.Serving;

namespace EdgeAgent.Queries;

/// <summary>An answer while it comes into being: what is known of it so far. For one query; not safe for concurrent use.</summary>
/// <param name="model">Name of the student that serves.</param>
/// <param name="level">Thermal level at the query's arrival.</param>
/// <param name="receivedAt"><see cref="TimeProvider"/> timestamp of the arrival.</param>
internal sealed class AnswerDraft(string model, string level, long receivedAt, TimeProvider clock)
{
    private readonly StringBuilder _text = new(), _reasoning = new();
    private readonly List<TokenProbability> _probabilities = [];
    private bool _showsProbabilities;
    private string? _content; // where calls of tools were taken out of the text
    private IReadOnlyList<ToolCall> _calls = [];
    private int _pieces;

    public string Id { get; } = Identifiers.New(clock);

    /// <summary>Unix seconds.</summary>
    public long Created { get; } = clock.GetUtcNow().ToUnixTimeSeconds();

    public DateTimeOffset Now => clock.GetUtcNow();

    /// <summary>Whether the asker has seen a piece.</summary>
    public bool HasBegun => _pieces > 0;

    /// <summary>The shown text, with the asker's values.</summary>
    public string Text => _text.ToString();

    public long? Release { get; set; }

    /// <summary>Digest of the bundle that answers.</summary>
    public string? Digest { get; set; }

    public bool? IsTrial { get; set; }
    public double? Joules { get; set; }

    /// <summary>Milliseconds from arrival to the first piece.</summary>
    public double? FirstPiece { get; private set; }

    public long PromptTokens { get; set; }
    public long Tokens { get; set; }
    public IReadOnlyDictionary<string, int> Desensitized { get; set; } = new Dictionary<string, int>();

    public void AppendReasoning(string text) => _reasoning.Append(text);

    public void AppendText(string text) => _text.Append(text);

    public void Add(IReadOnlyList<TokenProbability> tokens) => _probabilities.AddRange(tokens);

    /// <summary>Lets the tokens be shown: the text is whole, and privacy has taken nothing out of it that they would spell.</summary>
    public void ShowProbabilities() => _showsProbabilities = true;

    /// <summary>Takes the calls of tools out of the text; false where there are none.</summary>
    public bool TakeToolCalls()
    {
        (_content, _calls) = ToolCallText.Read(Text, Id);
        return _calls.Count > 0;
    }

    /// <summary>Notes that the first piece was handed over; false where one was before.</summary>
    public bool NoteFirstPiece()
    {
        if (FirstPiece is not null) return false;
        FirstPiece = clock.GetElapsedTime(receivedAt).TotalMilliseconds;
        return true;
    }

    public AnswerPiece NextPiece(string text, bool isReasoning) => new(Id, model, Created, text, _pieces++, isReasoning);

    /// <summary>The answer as it stands now.</summary>
    /// <param name="finishReason">stop, length, cancelled, tool_calls or content_filter.</param>
    public Answer Finish(string finishReason) => new(Id, _content ?? Text, finishReason)
    {
        Model = model,
        Level = level,
        Release = Release,
        IsTrial = IsTrial,
        Joules = Joules,
        Desensitized = Desensitized,
        Reasoning = _reasoning.Length > 0 ? _reasoning.ToString() : null,
        Created = Created,
        TtftMilliseconds = FirstPiece,
        TotalMilliseconds = clock.GetElapsedTime(receivedAt).TotalMilliseconds,
        PromptTokens = PromptTokens,
        Tokens = Tokens,
        ToolCalls = _calls,
        Logprobs = _showsProbabilities && _probabilities.Count > 0 ? _probabilities : null,
    };

    /// <summary>What was said before the device became too hot, up to the last complete sentence where there is one.</summary>
    /// <param name="level">The level now.</param>
    public Answer FinishDegraded(string level)
    {
        var end = Sentences.End(Text);
        return Finish("length") with { Text = end > 0 ? Text[..end] : Text, IsDegraded = true, Level = level };
    }
}

using Microsoft.Extensions.AI;

namespace EdgeAgent.Queries;

/// <summary>What form a query's answer must have, and what is told beside its text.</summary>
internal sealed record QueryFormat
{
    public static readonly QueryFormat Free = new();

    /// <summary>A JSON object, or a value of a schema; null for text.</summary>
    public ChatResponseFormatJson? Json { get; init; }

    /// <summary>A regular expression of the whole answer.</summary>
    public string? Regex { get; init; }

    /// <summary>The answers to choose from.</summary>
    public IReadOnlyList<string>? Choice { get; init; }

    /// <summary>How many of the likeliest tokens are told at each place; null: no probabilities.</summary>
    public int? TopLogprobs { get; init; }

    public IReadOnlyList<AITool> Tools { get; init; } = [];

    /// <summary>Null leaves it to the student.</summary>
    public ChatToolMode? ToolMode { get; init; }

    /// <summary>Whether tools may be called.</summary>
    public bool HasTools => Tools.Count > 0 && ToolMode is not NoneChatToolMode;

    /// <summary>Whether the answer's text must have a form.</summary>
    public bool IsGiven => Json is not null || Regex is not null || Choice is not null || ToolMode is RequiredChatToolMode;

    /// <summary>Whether a value that is put back into the answer stands in JSON.</summary>
    public bool IsJson => Json is not null;

    /// <summary>
    /// Whether only the student can give the answer: a stored or a preset one would lack the form, or what is told beside it.
    /// </summary>
    public bool NeedsStudent => IsGiven || TopLogprobs is not null || HasTools;
}

namespace EdgeAgent.Inference.Structured;

/// <summary>How an answer's form is described.</summary>
internal enum FormatKind
{
    /// <summary>A JSON object of any members.</summary>
    JsonObject,

    /// <summary>A JSON value of a schema.</summary>
    JsonSchema,

    /// <summary>A text that a regular expression describes as a whole.</summary>
    Regex,

    /// <summary>One of a list of texts.</summary>
    Choice,

    /// <summary>A call of one of the tools, in the form <c>&lt;tool_call&gt;{json}&lt;/tool_call&gt;</c>.</summary>
    ToolCall,
}

/// <summary>The form an answer must have. Equal ones share their compiled grammar.</summary>
/// <param name="Text">
/// The schema, the pattern, the list of texts as JSON, or the list of <c>{"name","parameters"}</c> as JSON; empty for JsonObject.
/// </param>
internal sealed record AnswerFormat(FormatKind Kind, string Text);

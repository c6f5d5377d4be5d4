namespace EdgeAgent.Inference.ChatTemplates;

/// <summary>One message of a conversation, as templates see it.</summary>
internal sealed record ChatTurn(string Role, string Content);

/// <summary>
/// A model's own chat template (Jinja, as Hugging Face tokenizers carry it), parsed once. Supports the part of the language that
/// published templates use; anything else fails with its line and never renders something different.
/// </summary>
internal sealed class ChatTemplate
{
    /// <summary>The template of models trained on text alone: the messages' contents, one after the other.</summary>
    public const string Plain = "{% for message in messages %}{{ message['content'] }}{% endfor %}";

    private readonly IReadOnlyList<Statement> _statements;
    private readonly string _source;
    private readonly TimeProvider _clock;

    /// <exception cref="TemplateException">The template uses an unsupported part of the language.</exception>
    public ChatTemplate(string source, TimeProvider? clock = null)
    {
        _source = source;
        _statements = Parser.Parse(source);
        _clock = clock ?? TimeProvider.System;
    }

    public bool Mentions(string word) => _source.Contains(word, StringComparison.Ordinal);

    /// <summary>Renders the conversation. <paramref name="variables"/> are additional globals, such as bos_token.</summary>
    /// <exception cref="TemplateException">The template refuses the conversation (raise_exception) or fails.</exception>
    public string Render(IReadOnlyList<ChatTurn> turns, bool addGenerationPrompt = true,
        IReadOnlyDictionary<string, object?>? variables = null)
    {
        var globals = Functions.Globals(_clock);
        globals["messages"] = turns.Select(t => (object?)new Mapping { ["role"] = t.Role, ["content"] = t.Content }).ToList();
        globals["add_generation_prompt"] = addGenerationPrompt;
        foreach (var (name, value) in variables ?? new Dictionary<string, object?>()) globals[name] = value;
        try
        {
            return new Renderer(globals).Render(_statements);
        }
        catch (InvalidOperationException e) when (e.InnerException is TemplateException inner) // from a comparison while sorting
        {
            throw inner;
        }
        catch (Exception e)
            when (e is InvalidCastException or ArgumentException or IndexOutOfRangeException or NullReferenceException
                or InvalidOperationException or ArithmeticException)
        {
            throw new TemplateException(0, $"a function or filter got an argument it cannot use ({e.Message})");
        }
    }
}

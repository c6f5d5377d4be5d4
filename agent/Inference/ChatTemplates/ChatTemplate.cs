using System.Globalization;

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
        var globals = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["messages"] =
                turns.Select(t =>
                    (object?)new Dictionary<string, object?>(StringComparer.Ordinal) { ["role"] = t.Role, ["content"] = t.Content })
                .ToList(),
            ["add_generation_prompt"] = addGenerationPrompt,
            ["raise_exception"] = (Callable)((a, _) =>
                throw new TemplateException(0, a.Count > 0 ? Values.Text(a[0], 0) : "the template raised an error")),
            ["namespace"] = (Callable)((_, named) => new Dictionary<string, object?>(named, StringComparer.Ordinal)),
            ["dict"] = (Callable)((_, named) => new Dictionary<string, object?>(named, StringComparer.Ordinal)),
            ["range"] = (Callable)((a, _) => Range(a)),
            ["strftime_now"] = (Callable)((a, _) =>
                _clock.GetLocalNow().ToString(StrftimeFormat((string)a[0]!), CultureInfo.InvariantCulture)),
        };
        foreach (var (name, value) in variables ?? new Dictionary<string, object?>()) globals[name] = value;
        try
        {
            return new Renderer(globals).Render(_statements);
        }
        catch (Exception e)
            when (e is InvalidCastException or ArgumentException or IndexOutOfRangeException or NullReferenceException
                or InvalidOperationException or ArithmeticException)
        {
            throw new TemplateException(0, $"a function or filter got an argument it cannot use ({e.Message})");
        }
    }

    private static List<object?> Range(IReadOnlyList<object?> arguments)
    {
        var numbers = arguments.Select(a => (long)Values.Number(a, 0)).ToArray();
        var (start, stop, step) = numbers.Length switch
        {
            1 => (0L, numbers[0], 1L),
            2 => (numbers[0], numbers[1], 1L),
            3 => (numbers[0], numbers[1], numbers[2]),
            _ => throw new TemplateException(0, "range takes 1 to 3 numbers")
        };
        if (step == 0 || Math.Abs((stop - start) / step) > 100_000) throw new TemplateException(0, "range of at most 100,000 numbers");
        var result = new List<object?>();
        for (var i = start; step > 0 ? i < stop : i > stop; i += step) result.Add(i);
        return result;
    }

    private static string StrftimeFormat(string format) => format
        .Replace("%d", "dd", StringComparison.Ordinal).Replace("%b", "MMM", StringComparison.Ordinal)
            .Replace("%B", "MMMM", StringComparison.Ordinal)
        .Replace("%m", "MM", StringComparison.Ordinal).Replace("%Y", "yyyy", StringComparison.Ordinal)
            .Replace("%H", "HH", StringComparison.Ordinal)
        .Replace("%M", "mm", StringComparison.Ordinal).Replace("%S", "ss", StringComparison.Ordinal)
            .Replace("%A", "dddd", StringComparison.Ordinal);
}

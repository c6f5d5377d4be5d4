namespace EdgeAgent.Inference.ChatTemplates;

/// <summary>A chat template cannot be parsed or rendered; names the line of the template.</summary>
internal sealed class TemplateException(int line, string message) : Exception($"chat template, line {line}: {message}")
{
    public int Line { get; } = line;
}

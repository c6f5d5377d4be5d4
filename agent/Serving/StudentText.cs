using System.Text.Json;
using EdgeAgent.Bundles;
using EdgeAgent.Inference.ChatTemplates;
using EdgeAgent.Inference.Tokenization;
using EdgeAgent.Platform;

namespace EdgeAgent.Serving;

/// <summary>A model's text side: tokenizer and chat template.</summary>
internal sealed record StudentText(Tokenizer Tokenizer, ChatTemplate Template)
{
    /// <param name="vocabulary">Number of ids the model has.</param>
    /// <param name="foreign">A foreign decoder may lack a tokenizer (then only ids can be used), may have more tokens than ids,
    /// and may carry its template in tokenizer_config.json.</param>
    /// <exception cref="ModelFileException">A file is missing or unusable.</exception>
    public static StudentText Load(string directory, int vocabulary, bool foreign, TimeProvider clock)
    {
        var tokenizerPath = Path.Combine(directory, Bundle.TokenizerFileName);
        var tokenizer = foreign && !File.Exists(tokenizerPath)
            ? Tokenizer.IdsOnly(tokenizerPath, vocabulary) : TokenizerFile.Load(tokenizerPath);
        if (!foreign && tokenizer.Size > vocabulary)
            throw new ModelFileException(tokenizerPath, $"token ids below the student's vocabulary of {vocabulary}",
                $"{tokenizer.Size} ids");
        var templatePath = Path.Combine(directory, Bundle.ChatTemplateFileName);
        try
        {
            var source = File.Exists(templatePath) || !foreign
                ? File.ReadAllText(templatePath) : Configured(directory) ?? ChatTemplate.Plain;
            return new StudentText(tokenizer, new ChatTemplate(source, clock));
        }
        catch (TemplateException e)
        {
            throw new ModelFileException(templatePath, "a chat template this agent can render", e.Message, e);
        }
    }

    /// <summary>The globals of a template: the texts of the special tokens that tokenizer_config.json names.</summary>
    public static Dictionary<string, object?> Variables(string directory)
    {
        var variables = new Dictionary<string, object?>(StringComparer.Ordinal) { ["bos_token"] = "", ["eos_token"] = "" };
        using var document = Configuration(directory);
        if (document is null) return variables;
        foreach (var name in new[] { "bos_token", "eos_token", "pad_token", "unk_token" })
        {
            if (!document.RootElement.TryGetProperty(name, out var token)) continue;
            if (token.ValueKind == JsonValueKind.Object && token.TryGetProperty("content", out var content)) token = content;
            if (token.ValueKind == JsonValueKind.String) variables[name] = token.GetString();
        }
        return variables;
    }

    private static string? Configured(string directory)
    {
        using var document = Configuration(directory);
        return document is not null && document.RootElement.TryGetProperty("chat_template", out var template)
            && template.ValueKind == JsonValueKind.String ? template.GetString() : null;
    }

    private static JsonDocument? Configuration(string directory)
    {
        var path = Path.Combine(directory, Bundle.TokenizerConfigFileName);
        if (!File.Exists(path)) return null;
        try
        {
            var document = JsonDocument.Parse(File.ReadAllBytes(path), new JsonDocumentOptions { MaxDepth = 32 });
            if (document.RootElement.ValueKind == JsonValueKind.Object) return document;
            var found = document.RootElement.ValueKind.ToString();
            document.Dispose();
            throw new ModelFileException(path, "a JSON object", found);
        }
        catch (JsonException e)
        {
            throw new ModelFileException(path, "a JSON object", e.Message, e);
        }
    }
}

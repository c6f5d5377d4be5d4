using System.Text.Json;
using EdgeAgent.Bundles;
using EdgeAgent.Inference.ChatTemplates;
using EdgeAgent.Inference.Tokenization;
using EdgeAgent.Platform;

namespace EdgeAgent.Inference;

/// <summary>A model's text side: tokenizer and chat template.</summary>
internal sealed record StudentText(Tokenizer Tokenizer, ChatTemplate Template)
{
    private const string Sample = "answer"; // stands for what a student says

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
                ? ModelFile.ReadText(templatePath) : NamedTemplates.Read(directory).Default ?? ChatTemplate.Plain;
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
        using var document = NamedTemplates.Configuration(directory);
        if (document is null) return variables;
        foreach (var name in new[] { "bos_token", "eos_token", "pad_token", "unk_token", "sep_token", "cls_token", "mask_token" })
        {
            if (!document.RootElement.TryGetProperty(name, out var token)) continue;
            if (token.ValueKind == JsonValueKind.Object && token.TryGetProperty("content", out var content)) token = content;
            if (token.ValueKind == JsonValueKind.String) variables[name] = token.GetString();
        }
        return variables;
    }

    /// <summary>
    /// The token that the template writes right after an answer, such as &lt;|im_end|&gt;: a student says it when its turn ends.
    /// Null where the template writes plain text or nothing there, or refuses such a conversation.
    /// </summary>
    /// <param name="variables">Globals of the template.</param>
    public AddedToken? EndOfTurn(IReadOnlyDictionary<string, object?> variables)
    {
        ChatTurn[] turns = [new("user", "?"), new("assistant", Sample), new("user", "?")];
        try
        {
            // what follows an answer at the end and in the middle: a template may write the next turn's mark at the end regardless
            var last = Behind(turns[..2]);
            return last is not null && last == Behind(turns) ? last : null;
        }
        catch (TemplateException)
        {
            return null;
        }

        AddedToken? Behind(ChatTurn[] conversation)
        {
            var text = Template.Render(conversation, addGenerationPrompt: false, variables);
            var at = text.LastIndexOf(Sample, StringComparison.Ordinal);
            if (at < 0) return null;
            var ids = Tokenizer.Encode(text[(at + Sample.Length)..].TrimStart(), addSpecial: false);
            return ids.Length == 0 ? null : Tokenizer.Added.FirstOrDefault(t => t.Id == ids[0]);
        }
    }

    /// <summary>What keeps the text side from answering in turns: rule, what was expected and what was found. Empty when sound.</summary>
    public static IReadOnlyList<LintFinding> Lint(string directory, StudentManifest manifest, TimeProvider clock)
    {
        try
        {
            var text = Load(directory, manifest.Architecture.Vocabulary, foreign: false, clock);
            var variables = Variables(directory);
            text.Template.Render([new ChatTurn("user", "?")], addGenerationPrompt: true, variables);
            return text.EndOfTurn(variables) is { } end && !manifest.EosIds.Contains(end.Id)
                ? [new LintFinding("end-of-turn", true, StudentManifest.FileName,
                    $"eos_ids with {end.Id}, since the template ends turns with {end.Content}", string.Join(", ", manifest.EosIds))]
                : [];
        }
        catch (Exception e) when (e is ModelFileException or TemplateException)
        {
            return [new LintFinding("text", true, Bundle.ChatTemplateFileName, "a tokenizer and a template that renders a question",
                e.Message)];
        }
    }
}

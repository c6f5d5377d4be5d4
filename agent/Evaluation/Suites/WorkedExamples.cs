using System.Text.Json;
using EdgeAgent.Platform;

namespace EdgeAgent.Evaluation.Suites;

/// <summary>A sum with its solution, shown before the question. Written for this project.</summary>
internal sealed record WorkedExample(string Question, string Answer);

/// <summary>The worked examples of a language (<c>Evaluation/Suites/Shots</c>).</summary>
internal static class WorkedExamples
{
    /// <param name="language">en or zh.</param>
    public static IReadOnlyList<WorkedExample> Read(string language)
    {
        var name = $"Evaluation/Suites/Shots/{language}.jsonl";
        using var stream = typeof(WorkedExamples).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"the resource {name} is missing");
        using var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return [.. TextFile.Lines(TextFile.Decode(name, bytes.ToArray())).Where(l => l.Length > 0).Select(One)];
    }

    private static WorkedExample One(string line)
    {
        using var document = JsonDocument.Parse(line);
        return new WorkedExample(document.RootElement.GetProperty("question").GetString()!,
            document.RootElement.GetProperty("answer").GetString()!);
    }
}

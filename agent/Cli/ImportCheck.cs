using EdgeAgent.Bundles;
using EdgeAgent.Inference;
using EdgeAgent.Inference.ChatTemplates;
using EdgeAgent.Inference.Decoders;
using EdgeAgent.Inference.Engine;
using EdgeAgent.Inference.Sampling;
using EdgeAgent.Platform;
using EdgeAgent.Serving;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeAgent.Cli;

/// <summary>What an imported bundle must do before it takes its place: pass lint, load, and answer a question.</summary>
internal static class ImportCheck
{
    private const string Question = "What can you do?";
    private const int Tokens = 32;

    /// <summary>The bundle's size and a sample of its answers, in words.</summary>
    /// <param name="source">The checkpoint, as errors name it.</param>
    /// <exception cref="ModelFileException">A rule of lint is broken, the student does not load, or its answer fails.</exception>
    public static string Run(string source, string bundle, TimeProvider clock)
    {
        Lint(source, bundle, clock);
        using var student = Student.Load(bundle, new StudentOptions { Decoder = new DecoderOptions { Rows = 1 } }, clock,
            NullLogger.Instance);
        var megabytes = new FileInfo(Path.Combine(bundle, WeightNames.FileName)).Length / 1e6;
        return $"""
            {student.Manifest.Name}: {megabytes:F2} MB of weights, on {student.Provider.Got}
            sample question: {Question}
            sample answer: {Answer(source, student).ReplaceLineEndings(" ")}
            """;
    }

    private static void Lint(string source, string directory, TimeProvider clock)
    {
        using var bundle = Bundle.Open(directory);
        var errors = BundleLint.Check(bundle).Concat(StudentText.Lint(directory, bundle.Manifest, clock)).Where(f => f.IsError).ToList();
        if (errors.Count == 0) return;
        var more = errors.Count > 1 ? $" (and {errors.Count - 1} more errors)" : "";
        throw new ModelFileException(source, $"a bundle that passes lint: {errors[0].Rule}, {errors[0].Subject}: {errors[0].Expected}",
            errors[0].Found + more);
    }

    private static string Answer(string source, Student student)
    {
        try
        {
            var prompt = student.Prompt([new ChatTurn("user", Question)]).Ids;
            var (_, answer, _) = ModelInstruments.Generate(student,
                new GenerationRequest(prompt, new SamplingOptions { MaxTokens = Math.Min(Tokens, student.Context / 2) }));
            return answer.Length > 0 ? answer : "(empty)";
        }
        catch (PromptTooLongException e)
        {
            return $"(none: {e.Message})";
        }
        catch (InstrumentException e)
        {
            throw new ModelFileException(source, "a student that answers a question", e.Message, e);
        }
    }
}
